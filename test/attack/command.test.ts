import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Attack, Result } from "../../attack/attack.ts";
import { attacks } from "../../attack/cases/index.ts";
import { jsonOf, lineOf, sarifOf, summaryOf } from "../../attack/report.ts";
import { attack } from "../support/attack-target.ts";

const asked: string[] = [];
let consent = "";
const server = createServer((request, reply) => {
  asked.push(request.url ?? "");
  reply.writeHead(consent ? 200 : 404).end(consent);
});
let origin: string;

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => void server.close());

const run = (args: string[] = [], environment: Record<string, string> = {}) =>
  attack({ origin, environment: { ATTACK_TARGET_TOKEN: "the token of the target", ...environment } }, args);

describe("npm run attack", () => {
  it.each([
    ["says nothing", ""],
    ["says another token", "the token of another"],
  ])("does nothing to a host that %s", async (_, answer) => {
    consent = answer;
    asked.length = 0;
    const { code, output } = await run();
    expect([code, output]).toEqual([1, expect.stringContaining("did not agree")]);
    expect(asked).toEqual(["/.well-known/gatehouse-attack-target"]);
  });

  it("does nothing without a token, or asked for what it does not know", async () => {
    asked.length = 0;
    expect(await run([], { ATTACK_TARGET_TOKEN: "" })).toMatchObject({
      code: 1,
      output: expect.stringContaining("ATTACK_TARGET_TOKEN is not set"),
    });
    expect(await run(["--only", "nothing/known"])).toMatchObject({ code: 1 });
    expect(await run(["--quickly"])).toMatchObject({ code: 1, output: expect.stringContaining("Usage") });
    expect(asked).toEqual([]);
  });

  it("names every attack once, with where it succeeded before", () => {
    expect(new Set(attacks.map(({ id }) => id)).size).toBe(attacks.length);
    for (const { id, what, precedent } of attacks) {
      expect(id).toMatch(/^[a-z]+\/[a-z-]+$/);
      expect([what.length > 10, precedent.length > 5]).toEqual([true, true]);
    }
  });
});

describe("the report", () => {
  const [first, second, third] = attacks as [Attack, Attack, Attack];
  const results: Result[] = [
    { attack: first, outcome: "held", findings: [], tries: 9, tookMs: 1 },
    { attack: second, outcome: "found", findings: ["one", "another"], tries: 0, tookMs: 2.6 },
    { attack: third, outcome: "failed", findings: ["not carried out: no mail"], tries: 0, tookMs: 3 },
  ];

  it("has a line for each attack, and one for each finding", () => {
    expect(lineOf(results[0] as Result, false)).toContain("9 tries");
    expect(lineOf(results[1] as Result, false).split("\n")).toEqual([
      expect.stringMatching(/^found/),
      "           one",
      "           another",
    ]);
    expect(summaryOf(results)).toBe("1 held, 1 found, 1 failed, 0 skipped");
  });

  it("is JSON, and SARIF with a rule for each attack and a result for each finding", () => {
    expect(JSON.parse(jsonOf(origin, results)).results[1]).toMatchObject({
      id: second.id,
      outcome: "found",
      findings: ["one", "another"],
      took_ms: 3,
    });
    const [log] = JSON.parse(sarifOf(origin, results)).runs;
    expect(log.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      first.id,
      second.id,
      third.id,
    ]);
    expect(log.results.map((each: { ruleId: string; level: string }) => [each.ruleId, each.level])).toEqual([
      [second.id, "error"],
      [second.id, "error"],
      [third.id, "warning"],
    ]);
  });
});
