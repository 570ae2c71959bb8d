/** The middle of some values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * How long each arm takes at the median, in ms, over `rounds` in which each takes each place in turn, so that none inherits a
 * neighbour's luck. `before` is not measured.
 */
export async function compareTimes<Arm extends string>(
  arms: Record<Arm, () => Promise<unknown>>,
  rounds: number,
  before: () => Promise<unknown>,
): Promise<Record<Arm, number>> {
  const names = Object.keys(arms) as Arm[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Arm, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names.map((_, place) => names[(place + round) % names.length] as Arm)) {
      await before();
      const startedAt = performance.now();
      await arms[name]();
      times[name].push(performance.now() - startedAt);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Arm, number>;
}

/**
 * What two arms may differ by and not be told apart: the noise that known and known again differ by, twice, or five in a hundred where there
 * is less.
 */
export function allowedGap({ known, again }: { known: number; again: number }): number {
  return Math.max(0.05 * known, 2 * Math.abs(known - again));
}
