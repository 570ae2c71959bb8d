import { expect, it } from "vitest";
import { createOpenedTokens } from "../../src/token/opened-tokens.ts";

it("keeps the last of them, those in use however old, and no more than twice as many", () => {
  const { get, add } = createOpenedTokens<number>();
  const total = 100_000;
  add("in use", -1);
  for (let number = 0; number < total; number++) {
    add(`token ${number}`, number);
    if (number % 1000 === 0) expect(get("in use")).toBe(-1);
  }
  add("x".repeat(2049), 1);
  expect(get("x".repeat(2049))).toBeUndefined();
  const kept = Array.from({ length: total }, (_, number) => get(`token ${number}`)).filter(
    (each) => each !== undefined,
  );
  expect(kept.at(-1)).toBe(total - 1);
  expect(kept.length).toBeGreaterThanOrEqual(900);
  expect(kept.length).toBeLessThanOrEqual(2000);
});
