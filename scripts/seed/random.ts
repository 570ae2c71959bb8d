/** Numbers that look drawn and are the same every time (mulberry32). For what must not be guessed they are no use. */
export function createDraw(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number) => Math.floor(next() * count);
  return {
    next,
    below,
    /** Whether something comes to pass that does so in `share` of all cases. */
    chance: (share: number) => next() < share,
    between: (from: number, to: number) => from + next() * (to - from),
    pick: <T>(values: readonly T[]): T => values[below(values.length)] as T,
    /** An index, each as often as its weight says. */
    weighted: (weights: readonly number[]): number => {
      let left = next() * weights.reduce((sum, weight) => sum + weight, 0);
      const found = weights.findIndex((weight) => {
        left -= weight;
        return left < 0;
      });
      return Math.max(found, 0);
    },
    bytes: (length: number) => Uint8Array.from({ length }, () => below(256)),
  };
}

export type Draw = ReturnType<typeof createDraw>;
