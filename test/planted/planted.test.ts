import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attacks } from "../../attack/cases/index.ts";
import { createPlayer } from "../../attack/player.ts";
import { runAttacks } from "../../attack/run.ts";
import { bundleForNode } from "../../scripts/build-node.ts";
import { createClient } from "../support/client.ts";
import { createTestDatabase } from "../support/database.ts";
import { heavy } from "../support/heavy.ts";
import { startProcess } from "../support/process.ts";

const folder = ".gatehouse/planted";
const names = readdirSync("test/planted")
  .filter((file) => file.endsWith(".patch"))
  .map((file) => file.replace(".patch", ""))
  .sort();

/** A hole, and the attack that has to find it: `Attack: group/name` in the head of the patch. */
const planted = names.map((name) => {
  const [, attack = ""] = /^Attack: (\S+)$/m.exec(readFileSync(`test/planted/${name}.patch`, "utf8")) ?? [];
  return { name, attack };
});

const apply = (name: string, ...options: string[]) =>
  execFileSync("git", ["apply", ...options, `test/planted/${name}.patch`], { stdio: "pipe" });

const clear = () => rmSync(folder, { recursive: true, force: true });

beforeAll(clear);
afterAll(clear);

/** A service made of a copy of the source with a hole in it; only where the bundler looks is it in this repository. */
async function startWith(name: string) {
  const copy = `${folder}/${name}`;
  mkdirSync(copy, { recursive: true });
  for (const part of ["src", "drizzle", "package.json"]) cpSync(part, `${copy}/${part}`, { recursive: true });
  apply(name, `--directory=${copy}`);
  await bundleForNode({ server: `${copy}/src/runtime/node.ts` }, `${copy}/dist`);
  const database = await createTestDatabase();
  const { origin, stop } = await startProcess(`${copy}/dist/server.js`, { DATABASE_URL: database.url });
  return {
    origin,
    stop: async () => {
      await stop();
      await database.close();
    },
  };
}

describe("a planted hole", () => {
  it("is at hand for each kind, and every patch still applies", () => {
    expect(planted.length).toBeGreaterThanOrEqual(12);
    const known = new Set(attacks.map(({ id }) => id));
    expect(planted.filter(({ attack }) => !known.has(attack))).toEqual([]);
    for (const { name } of planted) expect(() => apply(name, "--check")).not.toThrow();
  });

  // Every one in the long run; else a few, since each is a service that is built and started.
  it.each(planted.filter((_, n) => heavy || n % 5 === 0))(
    "is found: $name by $attack",
    async ({ name, attack }) => {
      const { origin, stop } = await startWith(name);
      try {
        const client = createClient((request) => fetch(request), origin);
        const [a, b] = [await client.signUp(), await client.signUp()];
        const results = await runAttacks(
          {
            client,
            origin,
            issuer: origin,
            runtime: "node",
            players: [createPlayer(client, a.email, a.password), createPlayer(client, b.email, b.password)],
            admin: undefined,
            mailSink: `${origin}/dev/mail`,
          },
          attacks.filter(({ id }) => id === attack),
          () => undefined,
        );
        const outcome = results.find((each) => each.attack.id === attack);
        expect([outcome?.outcome, outcome?.findings.join("; ")]).toEqual(["found", expect.any(String)]);
      } finally {
        await stop();
      }
    },
    60_000,
  );
});
