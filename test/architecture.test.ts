import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Not slices: shared ground that every slice may stand on, or that stands on all of them. */
const ground = new Set(["lib", "db", "http", "runtime", "adapters", "ui", "browser"]);

type Import = { slice: string; file: string; target: string; targetFile: string };

function importsOf(slice: string, file: string, text: string): Import[] {
  return [...text.matchAll(/from "\.\.\/([a-z-]+)\/([a-z-]+\.tsx?)"/g)].map(
    ([, target = "", targetFile = ""]) => ({
      slice,
      file,
      target,
      targetFile,
    }),
  );
}

function readImports(): Import[] {
  const folders = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name: slice }) =>
    readdirSync(`src/${slice}`).flatMap((file) =>
      importsOf(slice, file, readFileSync(`src/${slice}/${file}`, "utf8")),
    ),
  );
}

/** The slices that are left when those that import no other are taken away, again and again. */
function findCycle(imports: readonly Import[]): string[] {
  const between = imports.filter(
    ({ slice, target, targetFile }) =>
      slice !== target && !ground.has(slice) && !ground.has(target) && targetFile !== "tables.ts",
  );
  let left = new Set(between.map(({ slice }) => slice));
  for (;;) {
    const next = new Set(
      [...left].filter((slice) => between.some((i) => i.slice === slice && left.has(i.target))),
    );
    if (next.size === left.size) return [...left].sort();
    left = next;
  }
}

const foreignTables = (imports: readonly Import[]) =>
  imports.filter(
    ({ slice, file, target, targetFile }) =>
      targetFile === "tables.ts" && slice !== target && file !== "tables.ts",
  );

describe("the architecture", () => {
  it("has slices that form a DAG, and would notice a cycle", () => {
    const imports = readImports();
    expect(imports.length).toBeGreaterThan(50);
    expect(findCycle(imports)).toEqual([]);
    const planted = importsOf("token", "keys.ts", 'import { logIn } from "../sign-in/log-in.ts";');
    expect(findCycle([...imports, ...planted])).toContain("token");
  });

  it("lets only tables import another slice's tables, and would notice another", () => {
    const imports = readImports();
    expect(foreignTables(imports)).toEqual([]);
    const planted = importsOf("admin", "queries.ts", 'import { users } from "../account/tables.ts";');
    expect(foreignTables([...imports, ...planted])).toHaveLength(1);
  });

  it("keeps lib free of anything of ours", () => {
    for (const file of readdirSync("src/lib")) {
      expect(readFileSync(`src/lib/${file}`, "utf8")).not.toMatch(/from "\.\.\//);
    }
  });
});

describe("the import rules of biome.json", () => {
  const planted = {
    "a use case that knows HTTP": [
      "use-case.ts",
      'import { Hono } from "hono";\nexport const a = Hono;\n',
      "noRestrictedImports",
    ],
    "a use case that writes SQL": [
      "use-case.ts",
      'import { sql } from "drizzle-orm";\nexport const a = sql;\n',
      "noRestrictedImports",
    ],
    "a use case that imports Node": [
      "use-case.ts",
      'import { join } from "node:path";\nexport const a = join;\n',
      "noRestrictedImports",
    ],
    "a route that queries": [
      "routes.ts",
      'import { a } from "./queries.ts";\nexport const b = a;\n',
      "noRestrictedImports",
    ],
    "another slice's private function": [
      "use-case.ts",
      'import { rotateSession } from "../session/queries.ts";\nexport const a = rotateSession;\n',
      "noPrivateImports",
    ],
    "the environment outside runtime": [
      "use-case.ts",
      "export const a = process.env.HOME;\n",
      "noProcessEnv",
    ],
    "a file of over 300 lines": [
      "use-case.ts",
      "export const a = 1;\n".replace("a", "a0") +
        Array.from({ length: 301 }, (_, i) => `export const b${i} = ${i};\n`).join(""),
      "noExcessiveLinesPerFile",
    ],
  } as const;
  const names = Object.keys(planted) as (keyof typeof planted)[];
  const sliceOf = (name: keyof typeof planted) => `src/planted-${names.indexOf(name)}`;
  const removeAll = () => {
    for (const name of names) rmSync(sliceOf(name), { recursive: true, force: true });
  };

  let status: number | null;
  let found: { category: string; location: { path: string } }[];

  // All at once, each in a slice of its own: biome reads the whole project whenever it starts.
  beforeAll(() => {
    for (const name of names) {
      const [file, text] = planted[name];
      mkdirSync(sliceOf(name), { recursive: true });
      if (file === "routes.ts") writeFileSync(`${sliceOf(name)}/queries.ts`, "export const a = 1;\n");
      writeFileSync(`${sliceOf(name)}/${file}`, text);
    }
    const args = ["lint", "--reporter=json", "--max-diagnostics=none", ...names.map(sliceOf)];
    const linted = spawnSync("node_modules/.bin/biome", args, { encoding: "utf8" });
    status = linted.status;
    found = JSON.parse(linted.stdout).diagnostics;
  });
  afterAll(removeAll);

  it.each(names)("refuse %s", (name) => {
    const [file, , rule] = planted[name];
    const rules = found
      .filter(({ location }) => location.path === `${sliceOf(name)}/${file}`)
      .map(({ category }) => category.split("/").at(-1));
    expect([status, rules]).toEqual([1, expect.arrayContaining([rule])]);
  });
});
