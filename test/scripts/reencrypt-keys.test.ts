import { randomBytes, randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { seedPeople } from "../../bench/people.ts";
import { encrypt } from "../../src/lib/aead.ts";
import { sealingKey } from "../../src/lib/seal.ts";
import { reencryptSecrets } from "../../src/mfa/reencrypt-secrets.ts";
import { testEnvironment } from "../support/environment.ts";
import { codeOf, type Enrolled, enrol, halfSignIn, showCode } from "../support/factors.ts";
import { giveFactors } from "../support/given-factors.ts";
import { heavy, inParallel } from "../support/heavy.ts";
import type { Process } from "../support/key-exchanges.ts";
import { runForEnvironment } from "../support/script.ts";
import { startBeside, useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const old = testEnvironment({ THROTTLE: "off" });
/** After `sign`: the new key is current, the old one opens what it sealed. */
const next = {
  ...old,
  DATA_ENCRYPTION_KEY: randomBytes(32).toString("base64"),
  DATA_ENCRYPTION_KEY_PREVIOUS: old.DATA_ENCRYPTION_KEY ?? "",
};

const reencrypt = (environment: Record<string, string> = next) =>
  runForEnvironment("reencrypt-keys", [], { ...environment, DATABASE_URL: service.database.url });
const retire = () =>
  runForEnvironment("rotate-keys", ["encryption", "retire"], { ...next, DATABASE_URL: service.database.url });
const start = () => startBeside(service, next);

const many = heavy ? 50_000 : 1200;

type Row = { user_id: string; secret: string; key_id: string };
const rows = () => service.database.query<Row>("select user_id, secret, key_id from auth.totp_factors");
const clear = () => service.database.query("delete from auth.totp_factors");

/** As many users with a secret under the old key. */
async function seed(count: number): Promise<void> {
  const { database, deps } = service;
  await seedPeople((text, values) => database.query(text, values), count);
  const users = await database.query<{ id: string }>(
    "select id from auth.users u where not exists (select 1 from auth.totp_factors f where f.user_id = u.id)",
  );
  const { kid, key } = sealingKey(deps.keys.totp);
  const made = await Promise.all(
    users.slice(0, count).map(async ({ id: user }) => {
      const id = randomUUID();
      const sealed = await encrypt(key, randomBytes(12), randomBytes(20), `totp:${user}:${id}`);
      return { user, id, secret: Buffer.from(sealed).toString("base64url") };
    }),
  );
  await database.query(
    `insert into auth.totp_factors (user_id, id, secret, key_id, created_at)
    select r."user", r.id, r.secret, $2, now() from jsonb_to_recordset($1::jsonb) as r("user" uuid, id uuid, secret text)`,
    [JSON.stringify(made), kid],
  );
}

async function signsIn(process: Process, account: Enrolled): Promise<number> {
  service.advance(60);
  const code = codeOf(account.secret, service.deps.clock.now());
  return (await showCode(process, await halfSignIn(process, account), code)).status;
}

describe("npm run keys:reencrypt", { timeout: 300_000 }, () => {
  it("moves what another key sealed, once, and the old key may go then and not before", async () => {
    const accounts = [await enrol(service), await enrol(service), await enrol(await start())];
    expect((await retire()).stderr).toMatch(/^2 secrets .*npm run keys:reencrypt\n$/);
    const first = await reencrypt();
    expect([first.status, first.stdout]).toEqual([0, '{"moved":2,"left":0}\n']);
    expect(first.stderr).toMatch(/^2 secrets moved, \d+ a second\n$/);
    const [again, retired] = await Promise.all([reencrypt(), retire()]);
    expect(again.stdout).toBe('{"moved":0,"left":0}\n');
    expect(retired.set).toEqual({ DATA_ENCRYPTION_KEY_PREVIOUS: "" });
    const after = await startBeside(service, { ...next, DATA_ENCRYPTION_KEY_PREVIOUS: "" });
    for (const account of accounts) expect(await signsIn(after, account)).toBe(200);
    await clear();
  });

  it("leaves what it cannot move, says how many and under which key, and ends with 1", async () => {
    const [kept, altered] = [await enrol(service), await enrol(service)];
    await giveFactors(service, await service.signUp());
    await service.database.query("update auth.totp_factors set secret = reverse(secret) where user_id = $1", [
      altered.user.id,
    ]);
    const before = await rows();
    const { status, stdout, stderr } = await reencrypt();
    expect([status, stdout]).toEqual([1, '{"moved":1,"left":2}\n']);
    expect(stderr).toContain("1 secrets are sealed by keys that are not configured: key-id (1).");
    expect(stderr).toMatch(new RegExp(`1 secrets are not opened .* Users: ${altered.user.id}\\.`));
    const unmoved = (row: Row) => row.user_id !== kept.user.id;
    expect((await rows()).filter(unmoved)).toEqual(expect.arrayContaining(before.filter(unmoved)));
    expect(await signsIn(await start(), kept)).toBe(200);
    await clear();
  });

  it(`moves ${many} in batches of 500 while users go on, and when begun again goes on where it was stopped`, async () => {
    const process = await start();
    const users = await inParallel(heavy ? 20 : 4, () => enrol(service));
    await seed(many);
    const stopped = reencryptSecrets(process.deps, () => {
      throw new Error("stopped");
    });
    await expect(stopped).rejects.toThrow("stopped");
    const under = (keyId: string) => async () =>
      (await rows()).filter(({ key_id }) => key_id === keyId).length;
    const [current, previous] = process.deps.keys.totp.map(({ kid }) => under(kid));
    expect(await current?.()).toBe(500);

    // Meanwhile every other user changes phones, by a process that has the old key still.
    const started = performance.now();
    const [first, changed] = await Promise.all([
      reencryptSecrets(process.deps, () => undefined),
      inParallel(users.length, async (index) => {
        const user = users[index] as Enrolled;
        if (index % 2 === 0) return user;
        await service.call("DELETE", "users/me/mfa/totp", { token: user.access_token });
        return enrol(service, user);
      }),
    ]);
    console.log(`${first.moved} secrets moved in ${Math.round(performance.now() - started)} ms`);
    expect(first).toMatchObject({ unknown: {}, unreadable: [] });
    expect(await previous?.()).toBeLessThanOrEqual(users.length / 2);
    const second = await reencryptSecrets(process.deps, () => undefined);
    expect([second.left, await current?.(), await previous?.()]).toEqual([0, many + users.length, 0]);
    for (const user of changed) expect(await signsIn(process, user)).toBe(200);
    await clear();
  });

  it("keeps what a user set up between its reading and its writing", async () => {
    const [user, other] = [await enrol(service), await enrol(service)];
    const process = await start();
    let changed: Enrolled | undefined;
    service.onStatement.current = async (text) => {
      if (changed || !text.includes("jsonb_to_recordset")) return;
      service.onStatement.current = undefined;
      await service.call("DELETE", "users/me/mfa/totp", { token: user.access_token });
      changed = await enrol(service, user);
    };
    expect(await reencryptSecrets(process.deps, () => undefined)).toMatchObject({ moved: 1, left: 1 });
    expect(await reencryptSecrets(process.deps, () => undefined)).toMatchObject({ moved: 1, left: 0 });
    for (const account of [changed, other]) expect(await signsIn(process, account as Enrolled)).toBe(200);
    await clear();
  });

  it("moves each secret once, however many move at once", async () => {
    const users = await inParallel(6, () => enrol(service));
    const process = await start();
    const results = await inParallel(4, () => reencryptSecrets(process.deps, () => undefined));
    expect(results.reduce((sum, { moved }) => sum + moved, 0)).toBe(users.length);
    for (const user of users) expect(await signsIn(process, user)).toBe(200);
    await clear();
  });
});
