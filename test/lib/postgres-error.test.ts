import { expect, it } from "vitest";
import { isOutage } from "../../src/lib/postgres-error.ts";

const reported = (code: string) => Object.assign(new Error("reported"), { severity: "ERROR", code });

it.each(["08006", "53300", "57P01", "57014", "58030", "XX000", "25006", "55P03"])(
  "%s is the database's fault, and no statement's",
  (code) => expect(isOutage(reported(code))).toBe(true),
);

it.each(["23505", "22012", "42P01", "40001", "P0001"])("%s is the statement's", (code) =>
  expect(isOutage(reported(code))).toBe(false),
);

it("is the database's fault when it said nothing", () => {
  expect(isOutage(new Error("socket hang up"))).toBe(true);
  expect(isOutage(undefined)).toBe(true);
});
