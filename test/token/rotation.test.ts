import { describe, expect, it } from "vitest";
import { verifyLog } from "../../src/audit/verify-log.ts";
import type { Account } from "../support/client.ts";
import { freshIp } from "../support/client.ts";
import { testEnvironment } from "../support/environment.ts";
import { codeOf, enrol, halfSignIn, showCode } from "../support/factors.ts";
import { heavy, tally } from "../support/heavy.ts";
import { exchangeAll, type Process, signInFrom, type Tried } from "../support/key-exchanges.ts";
import { runForEnvironment } from "../support/script.ts";
import { startBeside, useService } from "../support/service.ts";

const day = 86_400;
const settings = { THROTTLE: "off", TRUSTED_DEVICE_DAYS: "5" };
const service = useService(settings);

/** Of each kind of exchange, each way, at each of three steps. */
const rounds = heavy ? 10 : 1;

type Environment = Record<string, string>;

const scriptIn = (environment: Environment, script: string, ...args: string[]) =>
  runForEnvironment(script, args, {
    ...environment,
    DATABASE_URL: service.database.url,
    CLOCK_OFFSET_SECONDS: String(service.deps.clock.offsetSeconds),
  });

/** The environment after a step of every rotation, as the command prints it. */
async function rotateAll(environment: Environment, step: string): Promise<[Environment, string]> {
  const runs = await Promise.all([
    scriptIn(environment, "rotate-keys"),
    scriptIn(environment, "rotate-keys", "refresh", step),
    scriptIn(environment, "rotate-keys", "encryption", step),
  ]);
  const said = runs.map(({ stderr }) => stderr).join("");
  expect(
    runs.map(({ status }) => status),
    said,
  ).toEqual([0, 0, 0]);
  return [Object.assign({ ...environment }, ...runs.map(({ set }) => set)), said];
}

/** While one process after another is restarted, each must take what the other gives. */
async function expectExchange(one: Process, other: Process): Promise<void> {
  for (const [giver, taker] of [
    [one, other],
    [other, one],
  ] as const) {
    const tried: Tried = [];
    for (let i = 0; i < rounds; i++) tried.push(...(await exchangeAll(giver, taker)));
    expect(tried.filter(({ status }) => status >= 300)).toEqual([]);
    expect(tried).toHaveLength(rounds * 11);
    accepted += tried.length;
  }
}

let accepted = 0;

/** Tokens whose life would go on after their key is gone: of an environment with the longest lives there are. */
async function mintLongLived(environment: Environment) {
  const lives = { JWT_ACCESS_TOKEN_EXPIRE_MINUTES: "43200", JWT_REFRESH_TOKEN_EXPIRE_DAYS: "90" };
  const process = await startBeside(service, { ...environment, ...lives });
  const account = await process.signUp();
  const { access_token: token, refresh_token: refresh } = await process
    .logIn(account.email)
    .then(({ body }) => body);
  const { body } = await process.call<{ next_cursor: string }>("GET", "users/me/sessions?limit=1", { token });
  const path = `users/me/sessions?limit=1&cursor=${encodeURIComponent(body.next_cursor)}`;
  return { token, refresh, path };
}

describe("a rotation of all keys at once", { timeout: 600_000 }, () => {
  it("refuses no valid token at any step, and every token of the old keys after the last", async () => {
    const at = [testEnvironment(settings)];
    const [first] = at as [Environment];
    const old = await startBeside(service, first);
    const kept = await enrol(old);
    const login = async (process: Process, code: string, method = "totp") =>
      (await showCode(process, await halfSignIn(process, kept), code, method)).status;
    const seen: [Account, string] = [await old.signUp(), freshIp()];
    await signInFrom(old, ...seen);

    const [second] = await rotateAll(first, "publish");
    const publishing = await startBeside(service, second);
    await expectExchange(old, publishing);
    const early = await old.signUp();
    // Asked again at once, it refuses to sign by what others have not fetched.
    const refused = await scriptIn(second, "rotate-keys");
    expect([refused.status, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toMatch(/^The next step, sign, may come at \d{4}-\d\d-\d\dT[\d:]{8}Z\./);

    service.advance(601);
    expect((await publishing.call("POST", "/dev/cron")).body).toMatchObject({ sealed: 1 });
    const [third] = await rotateAll(second, "sign");
    const signing = await startBeside(service, third);
    await expectExchange(publishing, signing);
    // What the first process gave is good still, now that it is gone.
    expect((await signing.call("GET", "users/me", { token: early.access_token })).status).toBe(200);
    expect((await signing.refresh(early.refresh_token)).status).toBe(200);
    expect(await login(signing, kept.code(0))).toBe(200);
    expect(await login(signing, kept.recoveryCodes[0] ?? "", "recovery_code")).toBe(200);
    await signInFrom(signing, ...seen);
    const last = await mintLongLived(second);
    const [late, idle] = [await publishing.signUp(), await publishing.signUp()];

    const tooEarly = await scriptIn(third, "rotate-keys");
    expect([tooEarly.status, tooEarly.stdout]).toEqual([1, ""]);
    expect(tooEarly.stderr).toMatch(/^The next step, retire, may come at /);
    const needed = await scriptIn(third, "rotate-keys", "encryption", "retire");
    expect([needed.status, needed.stdout]).toEqual([1, ""]);
    expect(needed.stderr).toMatch(/^\d+ secrets of authenticator apps .* npm run keys:reencrypt\n$/);
    const { status, stdout } = await scriptIn(third, "reencrypt-keys");
    expect([status, JSON.parse(stdout)]).toEqual([0, { moved: expect.any(Number), left: 0 }]);
    expect(JSON.parse(stdout).moved).toBeGreaterThanOrEqual(3 * rounds);
    service.advance(60);
    for (const process of [publishing, signing]) {
      expect(await login(process, codeOf(kept.secret, service.deps.clock.now()))).toBe(200);
      service.advance(60);
    }

    // To the end of their lives, and then beyond.
    service.advance(7 * day - 300);
    expect((await signing.refresh(late.refresh_token)).status).toBe(200);
    service.advance(300);
    expect((await signing.call("GET", last.path, { token: last.token })).status).toBe(200);
    const [fourth, said] = await rotateAll(third, "retire");
    const retired = await startBeside(service, fourth);
    await expectExchange(signing, retired);
    expect((await retired.refresh(idle.refresh_token)).status).toBe(401);
    service.statements.length = 0;
    expect((await retired.call("GET", "users/me", { token: last.token })).status).toBe(401);
    expect((await retired.refresh(last.refresh)).status).toBe(401);
    expect(service.statements).toEqual([]);
    const { access_token: token } = (await retired.logIn((await retired.signUp()).email)).body;
    expect((await retired.call("GET", last.path, { token })).body.code).toBe("invalid_cursor");
    expect((await signing.refresh(last.refresh)).status).toBe(200);
    expect(await login(retired, kept.code(0))).toBe(200);
    expect(await login(retired, kept.recoveryCodes[1] ?? "", "recovery_code")).toBe(200);
    console.log(`${accepted} tokens taken, none refused`);

    await expectSealed(retired, said);
    const notices = await retired.mailsTo(seen[0].email);
    expect(tally(notices.map(({ template }) => template))).toEqual({ new_device: 1 });
  });
});

/** What either key sealed is verified by it, the retired one being what the last step said to keep. */
async function expectSealed(retired: Process, said: string): Promise<void> {
  await retired.signUp();
  service.advance(301);
  await retired.call("POST", "/dev/cron");
  const [now, before] = [
    Buffer.from(retired.deps.keys.auditSeal.publicKey),
    Buffer.from(/--public-key=(\S+)/.exec(said)?.[1] ?? "", "base64url"),
  ].map((key) => key.toString("hex"));
  const verify = (...publicKeys: (string | undefined)[]) =>
    verifyLog(service.deps, { publicKeys: publicKeys.map(String), retentionDays: 365 });
  expect(await verify(now, before)).toMatchObject({ finding: null, unsealed: 0 });
  for (const key of [now, before]) expect((await verify(key)).finding?.what).toBe("unknown key");
}
