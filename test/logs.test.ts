import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && name !== "adapters/log-console.ts")
  .map((name) => ({ name, text: readFileSync(`src/${name}`, "utf8") }));

/** What `session.refresh_` goes on with: the outcomes of the statement but the good one, and none at all. */
const [, outcomes = ""] =
  /type RefreshOutcome = (.*);/.exec(readFileSync("src/session/queries.ts", "utf8")) ?? [];
const ofRefresh = [...outcomes.matchAll(/"(\w+)"/g), ["", "refused"]]
  .map(([, outcome]) => outcome ?? "")
  .filter((outcome) => outcome !== "rotated");

/** The names that the first argument of each call of a log can be. */
function eventsIn(text: string): string[][] {
  const calls = [...text.matchAll(/\blog(?:ToConsole)?\(\s*((?:`[^`]*`|[^`,])*),/g)];
  return calls.map(([, argument = ""]) =>
    [...argument.matchAll(/["`]([a-z_]+\.[a-z_]+)(\$\{)?/g)].flatMap(([, name = "", isOpen]) =>
      isOpen ? ofRefresh.map((outcome) => name + outcome) : name,
    ),
  );
}

const written = sources.flatMap(({ name, text }) => eventsIn(text).map((events) => ({ name, events })));
const listed = [...readFileSync("docs/logs.md", "utf8").matchAll(/^\| `([a-z_]+\.[a-z_]+)` \|/gm)].map(
  ([, event = ""]) => event,
);

describe("the list of what is logged", () => {
  it("has every event that a line of src can be, once, and no other", () => {
    expect(written.length).toBeGreaterThan(20);
    expect([...new Set(written.flatMap(({ events }) => events))].sort()).toEqual([...listed].sort());
  });

  it("was made of calls that all name their event", () => {
    expect(written.filter(({ events }) => events.length === 0)).toEqual([]);
    expect(ofRefresh).toEqual(["repeated", "superseded", "reused", "ahead", "refused"]);
  });

  it("would miss none: by a choice, over lines, or on the console", () => {
    expect(
      eventsIn(
        'deps.log(dead ? "a.b" : "a.c", {}); log(\n  "a.d",\n  {}); logToConsole("a.e", {}); log(x, {});',
      ),
    ).toEqual([["a.b", "a.c"], ["a.d"], ["a.e"], []]);
  });

  it("is of all that is written: nothing else speaks on standard output", () => {
    const found = sources.flatMap(({ name, text }) =>
      [...text.matchAll(/\bconsole\.\w+\(|process\.std\w+/g)].map(([call]) => [name, call]),
    );
    // Why a process did not start, for a person, on standard error.
    expect(found.sort()).toEqual([
      ["runtime/deno.ts", "console.error("],
      ["runtime/node.ts", "console.error("],
    ]);
  });
});
