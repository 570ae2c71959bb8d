import { beforeAll, describe, expect, it } from "vitest";
import { type Account, freshEmail, goodPassword } from "../support/client.ts";
import { holdLock } from "../support/lock.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

let admin: Account;
const operator = (json?: unknown) => ({ token: admin.access_token, ...(json !== undefined && { json }) });
const patch = (user: { id: string }, json: unknown) =>
  service.call("PATCH", `admin/users/${user.id}`, operator(json));
const actionsOn = async (id: string) =>
  (
    await service.database.query<{ action: string }>(
      "select action from auth.audit_events where subject_id = $1 order by occurred_at, id",
      [id],
    )
  ).map(({ action }) => action);

beforeAll(async () => {
  admin = await makeAdmin(service);
});

describe("changing a user", () => {
  it("changes what is given and leaves the rest", async () => {
    const { user } = await service.signUp({ name: "Ann" });
    expect((await patch(user, { app_metadata: { plan: "pro" } })).body).toMatchObject({
      name: "Ann",
      app_metadata: { plan: "pro" },
    });
    expect((await patch(user, { name: null, metadata: { a: 1 } })).body).toMatchObject({
      name: null,
      metadata: { a: 1 },
      app_metadata: { plan: "pro" },
    });
    expect((await patch(user, {})).body).toMatchObject({ metadata: { a: 1 } });
    expect((await patch(user, { email_verified: true })).body).toMatchObject({ email_verified: true });
    expect(await actionsOn(user.id)).toEqual(["account.created", ...Array(4).fill("user.changed")]);
  });

  it("to another address tells the old one, unverifies it, and voids every proof of the old", async () => {
    const { user, email: old } = await service.signUp();
    await patch(user, { email_verified: true });
    await service.call("POST", "auth/password/forgot", { json: { email: old } });
    const { token } = await service.mailTo(old, "password_reset");
    const email = freshEmail();
    expect((await patch(user, { email })).body).toMatchObject({ email, email_verified: false });
    expect((await service.mailsTo(old))[0]?.template).toBe("email_changed");
    const json = { token, new_password: "Another-horse-8" };
    expect((await service.call("POST", "auth/password/reset", { json })).status).toBe(401);
    expect((await service.logIn(old)).status).toBe(401);
    expect((await service.logIn(email)).status).toBe(200);
  });

  it("to a taken address or with a field that is not an operator's is refused, and changes nothing", async () => {
    const [one, other] = [await service.signUp(), await service.signUp()];
    expect((await patch(one.user, { email: other.email, name: "X" })).body).toMatchObject({
      code: "email_taken",
    });
    for (const json of [
      { roles: ["admin"] },
      { status: "active" },
      { password_hash: "x" },
      { id: other.user.id },
    ]) {
      expect((await patch(one.user, json)).body).toMatchObject({ code: "invalid_fields" });
    }
    const shown = await service.call("GET", `admin/users/${one.user.id}`, operator());
    expect(shown.body).toMatchObject({ email: one.email, name: null });
    expect((await patch({ id: crypto.randomUUID() }, { name: "X" })).status).toBe(404);
  });

  it("that is oneself is refused where one's own routes ask for more than a token", async () => {
    const own = (json: unknown) => patch(admin.user, json);
    for (const reply of [await own({ email: freshEmail() }), await own({ email_verified: true })]) {
      expect([reply.status, reply.body.code]).toEqual([403, "not_allowed"]);
    }
    expect((await own({ name: "Root" })).body.name).toBe("Root");
    const other = await makeAdmin(service);
    const path = `admin/users/${other.user.id}`;
    const gone = await service.call("DELETE", path, { token: other.access_token });
    expect([gone.status, gone.body.code]).toEqual([403, "not_allowed"]);
    expect((await service.call("DELETE", path, operator())).status).toBe(204);
  });

  it("voids a change of address that the user had asked for", async () => {
    const { user, access_token: token } = await service.signUp();
    const wanted = freshEmail();
    await service.call("POST", "users/me/email", {
      token,
      json: { new_email: wanted, password: goodPassword },
    });
    const { token: proof } = await service.mailTo(wanted, "verify_email");
    await patch(user, { email: freshEmail() });
    const verified = await service.call("POST", "auth/email/verify", { token, json: { token: proof } });
    expect([verified.status, verified.body.code]).toEqual([401, "invalid_proof"]);
  });

  it("tells the old address every time, and nobody where the operator was", async () => {
    const { user } = await service.signUp();
    const addresses = Array.from({ length: 6 }, () => freshEmail());
    for (const email of addresses) {
      await service.call("PATCH", `admin/users/${user.id}`, { ...operator({ email }), ip: "203.0.113.99" });
    }
    for (const old of addresses.slice(0, -1)) {
      const mail = await service.mailTo(old, "email_changed");
      expect(mail.text).not.toContain("203.0.113.99");
    }
  });

  it("that was promoted meanwhile is refused to who does not hold all that it may do now", async () => {
    const clerk = await operatorWith(service, "users:read", "users:write");
    const { user } = await service.signUp();
    const promote = `with given as (insert into auth.user_roles values ($1, 'auditor'))
      update auth.users set updated_at = clock_timestamp() where id = $1`;
    const held = await holdLock(service.database, promote, [user.id]);
    const json = { email: freshEmail() };
    const waiting = service.call("PATCH", `admin/users/${user.id}`, { token: clerk.access_token, json });
    await held.waiters(1);
    await held.release();
    expect((await waiting).body).toMatchObject({ status: 409, code: "conflict" });
    const again = await service.call("PATCH", `admin/users/${user.id}`, { token: clerk.access_token, json });
    expect(again.body).toMatchObject({ status: 403, code: "not_allowed" });
  });
});

describe("deleting a user", () => {
  it("ends sessions, frees the address and leaves ids alone", async () => {
    const { user, email, access_token: token } = await service.signUp({ name: "Del" });
    await service.call("POST", `admin/users/${user.id}/suspend`, operator({ reason: "Spying" }));
    expect((await service.call("DELETE", `admin/users/${user.id}`, operator())).status).toBe(204);
    expect((await service.call("GET", "users/me", { token })).status).toBe(401);
    expect((await service.call("GET", `admin/users/${user.id}`, operator())).status).toBe(404);
    expect((await service.call("DELETE", `admin/users/${user.id}`, operator())).status).toBe(404);
    const details = await service.database.query<{ action: string }>(
      `select e.action from auth.audit_events e join auth.audit_details d on d.event_id = e.id where e.subject_id = $1`,
      [user.id],
    );
    // What operators did is theirs, and cannot be wiped by deleting whom it was done to.
    expect(details.map(({ action }) => action).sort()).toEqual(["user.deleted", "user.suspended"]);
    await service.signUp({ email });
  });

  it("leaves one admin when two delete or demote each other", async () => {
    for (let round = 0; round < 10; round++) {
      await service.database.query("delete from auth.user_roles where role = 'admin'");
      const [one, other] = [await makeAdmin(service), await makeAdmin(service)];
      const against = (by: Account, of: Account) =>
        round % 2
          ? service.call("DELETE", `admin/users/${of.user.id}`, { token: by.access_token })
          : service.call("PUT", `admin/users/${of.user.id}/roles`, {
              token: by.access_token,
              json: { roles: [] },
            });
      await Promise.all([
        against(one, other),
        service.call("DELETE", `admin/users/${one.user.id}`, { token: other.access_token }),
      ]);
      const left = await service.database.query("select 1 from auth.user_roles where role = 'admin'");
      expect(left).toHaveLength(1);
    }
    await service.database.query("delete from auth.user_roles where role = 'admin'");
    admin = await makeAdmin(service);
    const last = await service.call("DELETE", `admin/users/${admin.user.id}`, operator());
    expect([last.status, last.body.code]).toEqual([409, "last_admin"]);
  });
});

describe("a forced reset", () => {
  it("takes the password, ends every session, and mails a link that sets another", async () => {
    const { user, email, access_token: token, refresh_token } = await service.signUp();
    expect((await service.call("POST", `admin/users/${user.id}/password-reset`, operator())).status).toBe(
      202,
    );
    expect((await service.call("GET", "users/me", { token })).status).toBe(401);
    expect((await service.refresh(refresh_token)).status).toBe(401);
    expect((await service.logIn(email)).status).toBe(401);
    const mail = await service.mailTo(email, "password_reset");
    const json = { token: mail.token, new_password: "Another-horse-8" };
    expect((await service.call("POST", "auth/password/reset", { json })).status).toBe(204);
    expect((await service.logIn(email, "Another-horse-8")).status).toBe(200);
    expect(await actionsOn(user.id)).toContain("password.reset_forced");
    expect(
      (await service.call("POST", `admin/users/${crypto.randomUUID()}/password-reset`, operator())).status,
    ).toBe(404);
  });
});
