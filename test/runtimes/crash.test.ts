import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startProcess } from "../support/process.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());

const error = `Object.assign(new RangeError("canary\\n    at canary (canary.ts:1:1)"), { code: "ERR_PLANTED" })`;
const known = { name: "RangeError", code: "ERR_PLANTED" };

/** Ends a service by `statement`, which runs in it when it is sent a signal: what it wrote, and its last line. */
async function crash(script: "built" | "start:deno", statement: string) {
  const { child, lines } = await startProcess(
    script,
    { DATABASE_URL: database.url },
    `process.on("SIGUSR2", () => { ${statement} })`,
  );
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const ended = once(child, "close");
  child.kill("SIGUSR2");
  expect(await ended).toEqual([1, null]);
  return { last: JSON.parse(lines.at(-1) ?? "{}"), written: lines.join("\n") + errors };
}

describe.each([
  ["node", "built"],
  ["deno", "start:deno"],
] as const)(
  "on %s what nobody catches is logged, without its message, and ends the process",
  (runtime, script) => {
    it.each([
      ["an exception", `throw ${error}`],
      ["a rejection", `Promise.reject(${error})`],
    ])("%s", async (_, statement) => {
      const { last, written } = await crash(script, statement);
      expect(last).toMatchObject({ event: "server.crashed", runtime, ...known });
      expect(last.at[0]).toContain("data:text/javascript");
      expect(written).not.toContain("canary");
    });

    it("what is no error", async () => {
      const { last, written } = await crash(script, 'throw "canary"');
      expect(last).toMatchObject({ event: "server.crashed", runtime, name: "string" });
      expect(written).not.toContain("canary");
    });
  },
);
