import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../scripts/postgres.ts";
import { createClient } from "../support/client.ts";
import { makeClone } from "../support/clone.ts";

let clone: string;
let port: number;

type Dev = { child: ChildProcess; output: () => string; exited: Promise<number | null> };

/** `npm run dev`'s own command, as the leader of a process group, like a shell's job. */
function startDev(): Dev {
  const child = spawn(process.execPath, ["scripts/dev.ts"], {
    cwd: clone,
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text += chunk;
    });
  }
  const exited = new Promise<number | null>((done) => child.once("exit", done));
  return { child, output: () => text, exited };
}

const serving = async (dev: Dev) => {
  await expect.poll(() => dev.output(), { timeout: 60_000 }).toContain("Gatehouse serves on workerd");
};

/** What a terminal's Ctrl-C does: every process of the group gets SIGINT. */
async function pressCtrlC(dev: Dev): Promise<void> {
  process.kill(-(dev.child.pid ?? 0), "SIGINT");
  await dev.exited;
}

/** The living processes of a group, by /proc where there is one: a bare machine may have no ps. */
function processesOf(group: number | undefined): string[] {
  if (!existsSync("/proc/self/stat")) {
    const { stdout } = spawnSync("ps", ["-A", "-o", "pgid=,args="], { encoding: "utf8" });
    return stdout.split("\n").filter((line) => line.trim().startsWith(`${group} `));
  }
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [state, , pgrp] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      return state !== "Z" && Number(pgrp) === group;
    } catch {
      return false; // it ended while we looked
    }
  });
}

beforeAll(async () => {
  clone = makeClone();
  port = await freePort();
});

afterAll(() => rmSync(clone, { recursive: true, force: true }));

describe("npm run dev", () => {
  it("serves, refuses a second copy, leaves no process and finds its data again", {
    timeout: 120_000,
  }, async () => {
    const origin = `http://localhost:${port}`;
    const client = createClient((request) => fetch(request), origin);

    const first = startDev();
    await serving(first);
    for (const shown of ["/docs", "/redoc", "admin:create"]) expect(first.output()).toContain(shown);
    expect((await client.call("GET", "/version")).body).toMatchObject({ runtime: "workers" });
    // The link works on workerd, which has been given the same keys.
    const link = /http:\/\/localhost:\d+(\/setup\?token=\S+)/.exec(first.output())?.[1] ?? "";
    const followed = await client.call("GET", link);
    expect([followed.status, followed.headers.get("location")]).toEqual([303, "/setup"]);
    const { email } = await client.signUp();

    const second = startDev();
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain("already runs here");
    expect((await client.call("GET", "/health/ready")).status).toBe(200);

    const made = spawnSync(process.execPath, ["scripts/create-admin.ts", "--email", email], {
      cwd: clone,
      encoding: "utf8",
      timeout: 30_000,
      env: { PATH: process.env.PATH },
    });
    expect([made.stderr.replace(/.*(Warning|not verified).*\n?/g, ""), JSON.parse(made.stdout)]).toEqual([
      "",
      { id: expect.any(String), email, created: false },
    ]);

    expect(processesOf(first.child.pid).length).toBeGreaterThan(3);
    await pressCtrlC(first);
    await expect.poll(() => processesOf(first.child.pid), { timeout: 10_000 }).toEqual([]);

    const secrets = readFileSync(join(clone, ".dev.vars"), "utf8").match(/REFRESH_TOKEN_SECRET_KEY=.*/)?.[0];
    const third = startDev();
    await serving(third);
    expect(third.output()).not.toContain("/setup?token=");
    expect(third.output()).toContain(`Sign in      ${origin}/login`);
    expect((await client.logIn(email)).status).toBe(200);
    expect(readFileSync(join(clone, ".dev.vars"), "utf8")).toContain(secrets);
    await pressCtrlC(third);
    await expect.poll(() => processesOf(third.child.pid), { timeout: 10_000 }).toEqual([]);
  });

  it("stops for good when it is told to in the middle of its start", { timeout: 60_000 }, async () => {
    for (const step of ["Starting PostgreSQL", "Starting workerd"]) {
      const dev = startDev();
      await expect.poll(() => dev.output(), { interval: 5, timeout: 20_000 }).toContain(step);
      dev.child.kill("SIGTERM");
      await dev.exited;
      await expect.poll(() => processesOf(dev.child.pid), { timeout: 10_000 }).toEqual([]);
    }
  });
});
