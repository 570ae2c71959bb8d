/** `npm run test:heavy` runs the same tests with the stated large numbers. */
export const heavy = process.env.HEAVY === "1";

/** Runs `work` for 0 … count − 1, all at once. */
export function inParallel<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}

/** How often each value occurs. */
export function tally<T extends string | number>(values: readonly T[]): Record<T, number> {
  const counts = {} as Record<T, number>;
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
