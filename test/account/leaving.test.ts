import { beforeAll, describe, expect, it } from "vitest";
import { type Account, goodPassword } from "../support/client.ts";
import { giveFactors } from "../support/given-factors.ts";
import { inParallel, tally } from "../support/heavy.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const asAdmin = async () => {
  const account = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [account.user.id]);
  return account;
};

const leave = (account: Account) => service.call("DELETE", "users/me", { token: account.access_token });

/** Every row of every table of ours that says `text` anywhere. */
async function rowsSaying(text: string): Promise<string[]> {
  const tables = await service.database.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'auth'",
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await service.database.query(
      `select 1 from auth.${name} t where position(lower($1) in lower(t::text)) > 0`,
      [text],
    );
    found.push(...rows.map(() => name));
  }
  return found;
}

describe("deleting one's account", () => {
  it("leaves nothing of a guess at the password that was under way", async () => {
    const account = await service.signUp();
    let release: () => void = () => undefined;
    const held = new Promise<void>((reached) => {
      service.onStatement.current = (text) => {
        if (!text.includes("event_details") || !text.includes("for key share) u")) return;
        reached();
        return new Promise<void>((go) => {
          release = go;
        });
      };
    });
    const guess = service.logIn(account.email, "Wrong-horse-7", "203.0.113.80");
    await held;
    service.onStatement.current = undefined;
    expect((await leave(account)).status).toBe(204);
    release();
    expect((await guess).status).toBe(401);
    expect(await rowsSaying(account.email)).toEqual([]);
    expect(await rowsSaying("203.0.113.80")).toEqual([]);
  });

  it("ends sessions, erases what is held of the person and frees the address", async () => {
    const account = await service.signUp({ name: "Ada Lovelace", ip: "203.0.113.77" });
    const other = await service.logIn(account.email, goodPassword, "203.0.113.78");
    await service.logIn(account.email, "Wrong-horse-7", "203.0.113.79");
    await service.call("POST", "auth/password/forgot", { json: { email: account.email } });
    await service.mailsTo(account.email);
    await service.call("POST", "auth/magic-link", { json: { email: account.email } });
    expect((await rowsSaying(account.email)).length).toBeGreaterThan(2);
    expect((await leave(account)).status).toBe(204);
    for (const token of [account.access_token, other.body.access_token]) {
      expect((await service.call("GET", "users/me", { token })).status).toBe(401);
    }
    expect((await service.refresh(other.body.refresh_token)).status).toBe(401);
    for (const trace of [account.email, "Lovelace", "203.0.113.77", "203.0.113.78", "203.0.113.79"]) {
      expect([trace, await rowsSaying(trace)]).toEqual([trace, []]);
    }
    const events = await service.database.query<{ action: string }>(
      "select action from auth.audit_events where subject_id = $1 order by id",
      [account.user.id],
    );
    expect(events.at(-1)?.action).toBe("account.deleted");
    const again = await service.signUp({ email: account.email });
    expect(again.user.id).not.toBe(account.user.id);
  });

  it("keeps what an operator did to others, and a warning that is still to be sent", async () => {
    const [host, other] = [await asAdmin(), await service.signUp()];
    await asAdmin();
    await service.call("POST", `admin/users/${other.user.id}/suspend`, {
      token: host.access_token,
      json: { reason: "Chargeback" },
    });
    await service.mailsTo(host.email);
    const next = `next-${host.email}`;
    const json = { new_email: next, password: goodPassword };
    await service.call("POST", "users/me/email", { token: host.access_token, json });
    const { token } = await service.mailTo(next, "verify_email");
    await service.call("POST", "auth/email/verify", { json: { token }, token: host.access_token });
    expect((await leave(host)).status).toBe(204);
    const kept = await service.database.query("select 1 from auth.audit_details where text = 'Chargeback'");
    expect(kept).toHaveLength(1);
    expect((await service.mailsTo(host.email)).map(({ template }) => template)).toEqual(["email_changed"]);
    service.advance(2 * 86_400);
    await service.call("POST", "/dev/cron");
    expect(await rowsSaying(host.email)).toEqual([]);
  });

  it("needs an authentication within fifteen minutes", async () => {
    const account = await service.signUp();
    service.advance(16 * 60);
    const late = await leave(account);
    expect([late.status, late.body.code]).toEqual([401, "reauthentication_required"]);
    expect(late.headers.get("www-authenticate")).toContain("insufficient_user_authentication");
    const { body } = await service.logIn(account.email);
    expect((await service.call("DELETE", "users/me", { token: body.access_token })).status).toBe(204);
  });

  it("leaves one admin, also when the last two leave at once", async () => {
    await service.database.query("delete from auth.user_roles where role = 'admin'");
    const only = await asAdmin();
    expect((await leave(only)).body).toMatchObject({ code: "last_admin" });
    for (let i = 0; i < 10; i++) {
      const pair = [await asAdmin(), await asAdmin()];
      await service.database.query(
        "delete from auth.user_roles where role = 'admin' and user_id <> all($1)",
        [pair.map(({ user }) => user.id)],
      );
      const replies = await Promise.all(pair.map(leave));
      expect(tally(replies.map(({ status }) => status))).toEqual({ 204: 1, 409: 1 });
    }
  });

  it("is no defect to a request that had read the account before, and refers to it after", async () => {
    const { access_token: token, user } = await service.signUp();
    const { query } = service.database;
    const deleting = query(
      "with gone as (delete from auth.users where id = $1 returning id) select pg_sleep(0.5) from gone",
      [user.id],
    );
    const free = "select 1 from auth.users where id = $1 for key share skip locked";
    while ((await query(free, [user.id])).length > 0);
    const { status, body } = await service.call("POST", "users/me/mfa/totp", { token });
    await deleting;
    expect([status, body.code]).toEqual([401, "invalid_token"]);
  });

  it("happens once, however often it is asked for at once, and no login outlives it", async () => {
    const account = await service.signUp();
    const [left, logins] = await Promise.all([
      inParallel(20, () => leave(account)),
      inParallel(10, () => service.logIn(account.email)),
    ]);
    expect(tally(left.map(({ status }) => status))).toEqual({ 204: 1, 401: 19 });
    for (const { status, body } of logins) {
      if (status !== 200) continue;
      expect((await service.call("GET", "users/me", { token: body.access_token })).status).toBe(401);
    }
  });
});

describe("the export of one's account", () => {
  type Kept = "factors" | "passkeys" | "recovery_codes" | "trusted_devices";
  type Export = Record<
    "user" | "sessions" | "devices" | "mails" | "events" | Kept,
    Record<string, unknown>[]
  >;
  let account: Account;
  let exported: Export;

  beforeAll(async () => {
    account = await service.signUp({ name: "Grace Hopper" });
    await service.logIn(account.email);
    await service.mailsTo(account.email);
    await giveFactors(service, account);
    const reply = await service.call<Export>("GET", "users/me/export", { token: account.access_token });
    expect(reply.headers.get("cache-control")).toBe("no-store");
    exported = reply.body;
  });

  it("has every table that holds something of the person", () => {
    expect(exported.user).toMatchObject({ email: account.email, name: "Grace Hopper", app_metadata: {} });
    expect(exported.sessions).toHaveLength(2);
    expect(exported.devices).toHaveLength(2);
    expect(exported.mails.map(({ kind }) => kind)).toEqual(["verify_email", "new_device"]);
    expect(exported.events.map(({ action }) => action)).toEqual(["account.created", "login.succeeded"]);
  });

  it("has what one signs in with beside the password, and nothing to sign in by", () => {
    const time = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(exported.factors).toEqual([{ kind: "totp", created_at: time, confirmed_at: time }]);
    expect(exported.passkeys).toHaveLength(2);
    expect(exported.passkeys[0]).toEqual({
      id: expect.any(String),
      name: expect.stringMatching(/^Key [12]$/),
      aaguid: expect.any(String),
      transports: ["internal"],
      created_at: time,
      last_used_at: null,
    });
    expect(exported.recovery_codes).toEqual([{ created_at: time, used_at: null }]);
    expect(exported.trusted_devices).toEqual([
      {
        created_at: time,
        last_used_at: time,
        expires_at: time,
        ip: "203.0.113.90",
        user_agent: "Trusted browser",
      },
    ]);
    const text = JSON.stringify(exported);
    for (const secret of ["totp-secret", "key-id", "credential-", "public-key", "code-hash"]) {
      expect(text).not.toContain(secret);
    }
  });

  it("says that an operator acted, and nothing of the operator", async () => {
    const [user, admin] = [await service.signUp(), await asAdmin()];
    const options = {
      token: admin.access_token,
      ip: "203.0.113.99",
      headers: { "user-agent": "Operator/1" },
    };
    await service.call("PUT", `admin/users/${user.user.id}/roles`, { ...options, json: { roles: ["user"] } });
    const { text } = await service.call("GET", "users/me/export", { token: user.access_token });
    expect(text).toContain("user.roles_changed");
    for (const trace of ["203.0.113.99", "Operator/1", admin.user.id]) expect(text).not.toContain(trace);
  });

  it("has no secret and nobody else in it", async () => {
    const text = JSON.stringify(exported);
    expect(text).not.toContain("scrypt");
    const [other] = await service.database.query<{ id: string }>("select id from auth.users where id <> $1", [
      account.user.id,
    ]);
    expect(text).not.toContain(other?.id ?? "-");
  });
});
