import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";

const text = readFileSync("docs/asvs.md", "utf8");

const levels = ["L1", "L2", "L3"];
const statuses = ["met", "not met", "not applicable"];
/** What an authentication service is about: here every row of levels 1 and 2 is judged. */
const ours = /^V(6|7|8|9|10|11|16)\./;

type Row = { id: string; level: string; asks: string; status: string; shownBy: string };

/** Every line of a table that begins with an id, however the rest of it looks. */
function rowsOf(document: string): Row[] {
  return [...document.matchAll(/^\| *(V[^ |]*) *\|(.*)\|$/gm)].map(([, id = "", rest = ""]) => {
    const [level = "", asks = "", status = "", ...others] = rest
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim());
    return { id, level, asks, status, shownBy: others.join("|") };
  });
}

const rows = rowsOf(text);
const linksIn = (markdown: string) =>
  [...markdown.matchAll(/\]\(((?!http|#)[^)#]+)/g)].map(([, path = ""]) => path);
const countOf = (level: string) =>
  statuses
    .map((each) => [
      rows.filter((row) => (!level || row.level === level) && row.status === each).length,
      each,
    ])
    .map((pair) => pair.join(" "))
    .join(", ");

/** Of `V10.4.9` and `V10.4.16` the first is the smaller. */
const numbersOf = (id: string) => id.slice(1).split(".").map(Number);
function isBefore(one: string, other: string): boolean {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  const at = a.findIndex((number, n) => number !== b[n]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

describe("the table of ASVS 5.0", () => {
  it("has 202 rows, each once, in order and under its chapter", () => {
    expect(rows).toHaveLength(202);
    for (const [n, { id }] of rows.entries()) {
      expect([id, /^V\d+\.\d+\.\d+$/.test(id)]).toEqual([id, true]);
      const before = rows[n - 1]?.id ?? "V0";
      expect([before, id, isBefore(before, id)]).toEqual([before, id, true]);
    }
    for (const section of text.split(/^## (?=V\d)/m).slice(1)) {
      const chapter = section.split(" ", 1)[0];
      const ids = rowsOf(section).map(({ id }) => id);
      expect([chapter, ids.filter((id) => id.split(".")[0] !== chapter)]).toEqual([chapter, []]);
      expect(ids.length).toBeGreaterThan(0);
    }
  });

  it("says of each its level, what it asks and a status that there is", () => {
    for (const { id, level, asks, status } of rows) {
      expect([id, levels.includes(level), statuses.includes(status), asks !== ""]).toEqual([
        id,
        true,
        true,
        true,
      ]);
    }
    const judged = rows.filter(({ id, level }) => ours.test(id) && level !== "L3");
    expect(judged.length).toBeGreaterThan(90);
    expect(judged.filter(({ status }) => !statuses.includes(status))).toEqual([]);
  });

  it("links to what shows a row that is met, and gives a reason for every other", () => {
    for (const { id, status, shownBy } of rows) {
      const words = shownBy.replace(/\[[^\]]*\]\([^)]*\)/g, "").match(/\p{L}+/gu) ?? [];
      const isShown = status === "met" ? linksIn(shownBy).length > 0 : words.length > 2;
      expect([id, status, isShown]).toEqual([id, status, true]);
    }
  });

  it("links to files that exist, each under its own name", () => {
    expect(linksIn(text).length).toBeGreaterThan(200);
    for (const path of linksIn(text)) {
      const file = posix.join("docs", path);
      expect([path, existsSync(file)]).toEqual([path, true]);
    }
    for (const [, name = "", path = ""] of text.matchAll(/\[([^\]]+)\]\(((?!http)[^)#]+)/g)) {
      expect(name).toBe(posix.join("docs", path));
    }
  });

  it("counts its rows right, and names those of level 3 by status", () => {
    expect(text).toContain(`\n${rows.length} requirements: ${countOf("")}.\n`);
    for (const level of levels) {
      expect(text).toContain(`\n- level ${level.slice(1)}: ${countOf(level)}\n`);
    }
    const list = text.split("## Level 3, one by one")[1] ?? "";
    for (const status of statuses) {
      const [, line = ""] =
        new RegExp(`^- \\*\\*${status}\\*\\* \\(\\d+\\): (.*)\\.$`, "im").exec(list) ?? [];
      const ids = rows.filter((row) => row.level === "L3" && row.status === status).map(({ id }) => id);
      expect([status, line.split(", ")]).toEqual([status, ids]);
    }
  });

  it("would be found out by a row that is missing, doubled or made up", () => {
    const [first = "", second = ""] = text.match(/^\| V.*\|$/gm) ?? [];
    expect(rowsOf(text.replace(`${first}\n`, ""))).toHaveLength(201);
    expect(isBefore(second, second)).toBe(false);
    expect(isBefore("V10.4.9", "V10.4.16")).toBe(true);
    expect(isBefore("V10.4.16", "V10.4.9")).toBe(false);
    const [made] = rowsOf("| V1.2.1 | L1 | asks | nearly met | because |");
    expect([made?.status, statuses.includes(made?.status ?? "")]).toEqual(["nearly met", false]);
    expect(linksIn("[a](../nowhere.ts), [b](https://example.com)")).toEqual(["../nowhere.ts"]);
  });
});
