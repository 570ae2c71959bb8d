import { styleText } from "node:util";
import type { Attack, Result } from "./attack.ts";

const colours = { held: "green", found: "red", failed: "yellow", skipped: "gray" } as const;

/** A line of the table. */
export function lineOf({ attack, outcome, findings, tries, tookMs }: Result, isTerminal: boolean): string {
  const word = outcome.padEnd(7);
  const shown = isTerminal ? styleText(colours[outcome], word) : word;
  const attempts = tries > 0 ? `${tries} tries` : "";
  const head = `${shown}  ${attack.id.padEnd(28)} ${attempts.padStart(10)} ${`${tookMs.toFixed(0)} ms`.padStart(9)}  ${attack.what}`;
  const more = findings.slice(0, 10).map((each) => `           ${each.slice(0, 300)}`);
  if (findings.length > 10) more.push(`           and ${findings.length - 10} more`);
  return [head, ...more].join("\n");
}

/** `12 held, 1 found, …` */
export function summaryOf(results: readonly Result[]): string {
  const counts = Object.keys(colours).map((outcome) => [
    outcome,
    results.filter((each) => each.outcome === outcome).length,
  ]);
  return counts.map(([outcome, count]) => `${count} ${outcome}`).join(", ");
}

/** The same for programs. */
export function jsonOf(origin: string, results: readonly Result[]): string {
  const rows = results.map(({ attack: { id, what, precedent }, outcome, findings, tries, tookMs }) => ({
    id,
    what,
    precedent,
    outcome,
    findings,
    tries,
    took_ms: Math.round(tookMs),
  }));
  return `${JSON.stringify({ target: origin, finished_at: new Date().toISOString(), results: rows }, null, 2)}\n`;
}

/** SARIF 2.1.0, which code scanning of forges reads: a rule for each attack, a result for each finding. */
export function sarifOf(origin: string, results: readonly Result[]): string {
  const rule = ({ id, what, precedent }: Attack) => ({
    id,
    shortDescription: { text: what },
    help: { text: `Precedent: ${precedent}` },
  });
  const found = results.filter(({ outcome }) => outcome === "found" || outcome === "failed");
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "gatehouse-attack", rules: results.map(({ attack }) => rule(attack)) } },
        results: found.flatMap(({ attack, outcome, findings }) =>
          findings.map((text) => ({
            ruleId: attack.id,
            level: outcome === "found" ? "error" : "warning",
            message: { text },
            locations: [{ physicalLocation: { artifactLocation: { uri: origin } } }],
          })),
        ),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
