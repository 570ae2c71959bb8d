import { beforeAll, describe, expect, it } from "vitest";
import { verifyLog } from "../../src/audit/verify-log.ts";
import { oneOfSecond, sealSome, tampered } from "../support/audit-events.ts";
import { testEnvironment } from "../support/environment.ts";
import { runScript } from "../support/script.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const verify = () =>
  verifyLog(service.deps, { publicKeys: [hex(service.deps.keys.auditSeal.publicKey)], retentionDays: 365 });

const base64url = (text: string) => Buffer.from(text, "hex").toString("base64url");

let publicKey: string;

beforeAll(async () => {
  publicKey = Buffer.from(service.deps.keys.auditSeal.publicKey).toString("base64url");
  for (let i = 0; i < 3; i++) expect(await sealSome(service)).toBe(1);
});

describe("npm run audit:verify", { timeout: 60_000 }, () => {
  /** With the environment of another machine unless told more. */
  async function run(args: string[], more: Record<string, string> = {}, source = false) {
    const environment = {
      DATABASE_URL: service.database.url,
      CLOCK_OFFSET_SECONDS: String(service.deps.clock.offsetSeconds),
      ...more,
    };
    const ended = await runScript("audit-verify", args, { environment, source });
    return { ...ended, line: ended.stdout ? JSON.parse(ended.stdout) : undefined };
  }

  it("needs the database and the public key alone, and prints what to publish", async () => {
    const { windows, events, unsealed, last } = await verify();
    const { stdout, stderr, status, line } = await run([`--public-key=${publicKey}`], {}, true);
    expect([status, stdout.trimEnd().split("\n").length]).toEqual([0, 1]);
    const hash = base64url(last?.hash ?? "");
    const last_seal = { number: last?.number, hash };
    expect(line).toEqual({
      windows,
      events,
      gone: 0,
      late: expect.any(Number),
      unsealed,
      public_key: publicKey,
      last_seal,
    });
    expect(stderr).toMatch(/^\d+ events read, \d+ a second\n/);
    expect(stderr).toContain("Without --seal");
    expect((await run([`--public-key=${publicKey}`, `--seal=${hash}`])).status).toBe(0);
  });

  it("takes the key from the service's environment, or the one before it", async () => {
    const { DATA_ENCRYPTION_KEY = "" } = testEnvironment();
    expect((await run([], { DATA_ENCRYPTION_KEY })).status).toBe(0);
    const replaced = {
      DATA_ENCRYPTION_KEY: Buffer.alloc(32, 9).toString("base64"),
      DATA_ENCRYPTION_KEY_PREVIOUS: DATA_ENCRYPTION_KEY,
    };
    expect((await run([], replaced)).status).toBe(0);
    const foreign = await run([], { DATA_ENCRYPTION_KEY: replaced.DATA_ENCRYPTION_KEY });
    expect([foreign.status, foreign.line.finding.what]).toEqual([1, "unknown key"]);
  });

  it("names the first bad window and ends with status 1", async () => {
    const both = [
      "update auth.audit_seals set events = 1 where number = 3",
      `update auth.audit_events set action = 'x' where ${oneOfSecond}`,
    ];
    const { status, stderr, line } = await tampered(service.database, both, () =>
      run([`--public-key=${publicKey}`]),
    );
    expect(status).toBe(1);
    expect(line.finding).toEqual({
      window: 2,
      from: expect.stringMatching(/^\d{4}-.*Z$/),
      to: expect.stringMatching(/^\d{4}-.*Z$/),
      what: "altered rows",
    });
    expect(stderr).toMatch(/^Window 2, after .* up to .*: altered rows\.$/m);
  });

  it("demands a published seal, and says what is missing to begin with", async () => {
    const seal = Buffer.alloc(32, 1).toString("base64url");
    const cut = await run([`--public-key=${publicKey}`, `--seal=${seal}`]);
    expect([cut.status, cut.stderr]).toEqual([1, expect.stringContaining("not in the chain")]);
    const bad = [["--public-key=short"], ["--unknown"], [`--seal=${seal}`]];
    for (const { status, stdout, stderr } of await Promise.all(bad.map((args) => run(args)))) {
      expect([status, stdout, stderr.includes("Usage: npm run audit:verify")]).toEqual([1, "", true]);
    }
  });
});
