import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testEnvironment } from "../support/environment.ts";
import { heavy } from "../support/heavy.ts";
import { type Ended, startScript } from "../support/script.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const folder = mkdtempSync(join(tmpdir(), "gatehouse-import-"));
const many = heavy ? 100_000 : 10_000;
const hash = "$2b$12$TquUN7.x8e1kC77Qg0/CHOO/SuEr.9Ieh.6g4k1muRbjWnik2NJny";

/** A file of users, as wide as a real one's lines. Of every thousand one is bad, and one repeats another. */
function writeUsers(name: string, count: number): string {
  const file = join(folder, name);
  const lines = Array.from({ length: count }, (_, i) => {
    if (i % 1000 === 998) return '{"email": "nobody"}';
    const id = i % 1000 === 999 ? i - 500 : i;
    return JSON.stringify({
      email: `${name}-${id}@example.com`,
      email_verified: i % 2 === 0,
      name: `User ${i}`,
      external_id: `${name}-${id}`,
      metadata: { imported: true, number: i },
      password_hash: hash,
      created_at: "2020-01-01T00:00:00Z",
    });
  });
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

/** What must have become of such a file, by its length. */
function expected(count: number) {
  const thousands = Math.floor(count / 1000);
  const refused = Array.from({ length: thousands }, (_, i) => ({
    line: i * 1000 + 999,
    code: "invalid_email",
  }));
  return { accepted: count - 2 * thousands, skipped: thousands, refused };
}

/** The most memory a process has had so far, on Linux; else 0. */
function peakOf({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // it has ended, or there is no /proc
  }
}

const environment = () => ({
  NEON_HTTP_ENDPOINT: "",
  ...testEnvironment({ DATABASE_URL: service.database.url }),
});

const start = (...args: string[]) => startScript("import-users", args, { environment: environment() });

const run = (...args: string[]) => start(...args).ended;

/** By the file that npm runs, with the most memory it had. */
async function measure(...args: string[]): Promise<Ended & { peakKiB: number }> {
  const { child, ended } = startScript("import-users", args, { environment: environment(), source: true });
  let peakKiB = 0;
  const timer = setInterval(() => {
    peakKiB = Math.max(peakKiB, peakOf(child));
  }, 50);
  return { ...(await ended.finally(() => clearInterval(timer))), peakKiB };
}

const count = async (table: string, where = "true") => {
  const text = `select count(*)::int as count from auth.${table} where ${where}`;
  return (await service.database.query<{ count: number }>(text))[0]?.count ?? 0;
};

describe("npm run users:import", () => {
  it(`takes ${many} lines in bounded memory, and a second run imports none`, {
    timeout: 300_000,
  }, async () => {
    const [few, file] = [writeUsers("few", 10), writeUsers("many", many)];
    const small = await measure(few);
    expect([small.status, JSON.parse(small.stdout)]).toEqual([0, expected(10)]);
    const started = performance.now();
    const first = await measure(file);
    const seconds = (performance.now() - started) / 1000;
    expect([first.status, JSON.parse(first.stdout)]).toEqual([1, expected(many)]);
    const grown = (first.peakKiB - small.peakKiB) / 1024;
    console.log(
      `${many} lines in ${seconds.toFixed(1)} s, ${Math.round(many / seconds)} a second; ` +
        `peak memory ${Math.round(first.peakKiB / 1024)} MiB, ${Math.round(grown)} more than for 10 lines`,
    );
    expect(grown).toBeLessThan(150);
    const users = await count("users");
    expect(users).toBe(10 + expected(many).accepted);
    expect(await count("user_roles")).toBe(users);
    const { refused } = expected(many);
    const again = { accepted: 0, skipped: many - refused.length, refused };
    const preview = await run(file, "--dry-run");
    expect([preview.status, JSON.parse(preview.stdout)]).toEqual([1, again]);
    const second = await run(file);
    expect([second.status, JSON.parse(second.stdout)]).toEqual([1, again]);
    expect(await count("users")).toBe(users);
    expect(await count("import_runs", "finished_at is null")).toBe(0);
  });

  it("goes on where it was killed, neither losing a line nor taking one twice", {
    timeout: 120_000,
  }, async () => {
    const lines = 10_000;
    const file = writeUsers("killed", lines);
    const underWay = "finished_at is null and lines >= 2000";
    const { child, ended } = start(file);
    await expect.poll(() => count("import_runs", underWay), { timeout: 30_000, interval: 5 }).toBe(1);
    child.kill("SIGKILL");
    expect((await ended).signal).toBe("SIGKILL");
    const taken = await count("users", "email_key like 'killed-%'");
    expect(taken).toBeLessThan(expected(lines).accepted);

    const refused = await run(file);
    expect([refused.status, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toMatch(/stopped after line \d+\. Go on with --resume\.\n$/);
    expect(await count("users", "email_key like 'killed-%'")).toBe(taken);

    const resumed = await run(file, "--resume");
    expect(resumed.stderr).toMatch(/^Going on after line \d+/);
    expect(JSON.parse(resumed.stdout)).toEqual(expected(lines));
    expect(await count("users", "email_key like 'killed-%'")).toBe(expected(lines).accepted);
  });

  it("writes nothing in a dry run", async () => {
    const before = [await count("users"), await count("import_runs"), await count("audit_events")];
    const { status, stdout } = await run(writeUsers("dry", 20), "--dry-run");
    expect([status, JSON.parse(stdout)]).toEqual([0, expected(20)]);
    expect([await count("users"), await count("import_runs"), await count("audit_events")]).toEqual(before);
  });

  it("explains how it is used, and what it cannot read", async () => {
    const [unused, absent] = await Promise.all([run("--what"), run(join(folder, "absent"))]);
    expect(unused).toMatchObject({ status: 1, stdout: "", stderr: expect.stringMatching(/^Usage/) });
    expect(absent).toMatchObject({ status: 1, stdout: "", stderr: "There is no such file.\n" });
  });
});
