import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startNeonServer } from "../scripts/neon-server.ts";
import { renewed } from "../scripts/readme.ts";
import { createTestDatabase } from "./support/database.ts";
import { testEnvironment } from "./support/environment.ts";
import { startProcess } from "./support/process.ts";

const readme = readFileSync("README.md", "utf8");

describe("the README", () => {
  it("walks through the API with lines that work, top to bottom", async () => {
    const section = readme.split("## Walk through it")[1]?.split("\n## ")[0] ?? "";
    const script = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block).join("");
    expect(script.match(/curl/g)?.length).toBeGreaterThan(8);
    const database = await createTestDatabase();
    const neon = await startNeonServer();
    const environment = { DATABASE_URL: database.url, NEON_HTTP_ENDPOINT: neon.endpoint };
    const running = await startProcess("start:node", environment);
    const env = {
      ...testEnvironment(environment),
      PATH: `${process.cwd()}/node_modules/.bin:${process.env.PATH}`,
      HOME: process.env.HOME,
      BASE: `${running.origin}/api/v1`,
    };
    const child = await runShell(script, env);
    await running.stop();
    await neon.close();
    await database.close();
    expect(child.stderr.replace(/^npm warn.*\n/gm, "")).toBe("");
    expect(child.status).toBe(0);
    for (const part of [
      '"token_type":"Bearer"',
      '"session_id"',
      '"current":true',
      '"created":false',
      '"total_estimate":1',
    ]) {
      expect(child.stdout).toContain(part);
    }
    expect(child.stdout.trimEnd().endsWith("401")).toBe(true);
  });

  it("has the configuration table that config-variables.ts makes", () => {
    expect(renewed(readme) === readme, "run npm run fix").toBe(true);
  });

  it("leads to a list of keys that has every one that is derived", () => {
    const keys = readFileSync("docs/keys.md", "utf8");
    const source = readFileSync("src/token/keys.ts", "utf8");
    const purposes = [...source.matchAll(/(?:macKeys\(|derive\(root, )"([a-z-]+)"/g)].map(([, name]) => name);
    expect(purposes).toHaveLength(9);
    expect(purposes.filter((name) => !keys.includes(`\`${name}\``))).toEqual([]);
  });

  it("links to files that exist, and maps every folder of src", () => {
    for (const [, path = ""] of readme.matchAll(/\]\(((?!http|#)[^)]+)\)/g))
      expect([path, existsSync(path)]).toEqual([path, true]);
    const map = readme.split("## A map of `src`")[1]?.split("\n## ")[0] ?? "";
    const { stdout } = spawnSync("ls", ["src"], { encoding: "utf8" });
    for (const entry of stdout.trim().split("\n")) {
      expect([entry, map.includes(`\`${entry}\``) || map.includes(`\`${entry}/\``)]).toEqual([entry, true]);
    }
  });
});

/** Asynchronous: the Neon-protocol server that answers the script lives in this very process. */
async function runShell(script: string, env: Record<string, string | undefined>) {
  const child = spawn("bash", ["-euo", "pipefail", "-c", script], { env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const status = await new Promise<number | null>((done) => child.once("close", done));
  return { status, stdout, stderr };
}
