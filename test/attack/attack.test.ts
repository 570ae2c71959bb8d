import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attacks } from "../../attack/cases/index.ts";
import { type AttackTarget, attack, startTarget } from "../support/attack-target.ts";

type Report = { results: { id: string; outcome: string; findings: string[]; tries: number }[] };

describe.each(["workers", "deno", "node"] as const)("npm run attack on %s", (runtime) => {
  let target: AttackTarget;
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-attack-"));

  beforeAll(async () => {
    target = await startTarget(runtime);
  }, 60_000);

  afterAll(async () => {
    await target?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("carries out every attack, and none succeeds", async () => {
    const [json, sarif] = [join(folder, "report.json"), join(folder, "report.sarif")];
    const { code, output } = await attack(target, ["--json", json, "--sarif", sarif]);
    const { results } = JSON.parse(readFileSync(json, "utf8")) as Report;
    const others = results.filter(({ outcome }) => outcome !== "held");
    expect(others).toEqual([]);
    expect([code, results.map(({ id }) => id)]).toEqual([0, attacks.map(({ id }) => id)]);
    expect(output).toContain(`${attacks.length} held, 0 found, 0 failed, 0 skipped`);
    // Every password of the attacks begins alike, and a token is told by its form.
    const traces = await target.traces();
    expect(traces.length).toBeGreaterThan(10_000);
    expect(traces).not.toMatch(/orrect-horse|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{20,}/);
    const log = JSON.parse(readFileSync(sarif, "utf8")) as {
      version: string;
      runs: { results: unknown[] }[];
    };
    expect([log.version, log.runs[0]?.results]).toEqual(["2.1.0", []]);
  }, 180_000);
});
