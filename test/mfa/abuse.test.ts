import { describe, expect, it } from "vitest";
import { type Account, freshEmail } from "../support/client.ts";
import { enrol, halfSignIn, showCode } from "../support/factors.ts";
import { makeAdmin } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ TRUSTED_DEVICE_DAYS: "30" });

const eventsOf = async ({ user }: Account, action: string) =>
  service.database.query("select 1 from auth.audit_events where subject_id = $1 and action = $2", [
    user.id,
    action,
  ]);

describe("second factors in the hands of others", () => {
  it("are not closed to an account that has none by guesses at them", async () => {
    const account = await service.signUp();
    const { access_token: token } = account;
    for (let i = 0; i < 21; i++) {
      const json = { method: "totp", code: "000000" };
      const { body } = await service.call("POST", "auth/reauthenticate", { token, json });
      expect(body.code).toBe("reauthentication_required");
    }
    const enrolled = await enrol(service, account);
    const half = await halfSignIn(service, enrolled);
    expect((await showCode(service, half, enrolled.code())).status).toBe(200);
  });

  it("do not have a device trusted by a recovery code", async () => {
    const account = await enrol(service);
    const [code = ""] = account.recoveryCodes;
    const more = { trust_device: true };
    const token = await halfSignIn(service, account);
    const { status, body } = await showCode(service, token, code, "recovery_code", more);
    expect([status, body.device_token]).toEqual([200, undefined]);
  });

  it("are on record when a wrong recovery code is shown", async () => {
    const account = await enrol(service);
    const token = await halfSignIn(service, account);
    await showCode(service, token, "0000-0000-0000-0000", "recovery_code");
    const json = { method: "recovery_code", code: "0000-0000-0000-0000" };
    await service.call("POST", "auth/reauthenticate", { token: account.access_token, json });
    expect(await eventsOf(account, "login.refused")).toHaveLength(1);
    expect(await eventsOf(account, "session.reauthentication_refused")).toHaveLength(1);
  });

  it("are not got rid of by an operator who moves the account to a mailbox of theirs", async () => {
    const admin = await makeAdmin(service);
    const victim = await enrol(service);
    await service.database.query("update auth.users set email_verified = true where id = $1", [
      victim.user.id,
    ]);
    const change = (json: object) =>
      service.call("PATCH", `admin/users/${victim.user.id}`, { token: admin.access_token, json });
    expect((await change({ email: freshEmail() })).body.code).toBe("conflict");
    expect((await change({ email_verified: false })).body.code).toBe("conflict");
    expect((await change({ name: "Grace" })).status).toBe(200);
    const path = `admin/users/${victim.user.id}/mfa`;
    expect((await service.call("DELETE", path, { token: admin.access_token })).status).toBe(204);
    expect((await change({ email: freshEmail() })).status).toBe(200);
  });

  it("are asked for again of an operator before whatever makes users, roles or admins", async () => {
    const admin = await makeAdmin(service);
    service.advance(901);
    const token = admin.access_token;
    const asked: [string, string, object?][] = [
      ["POST", "admin/users", { email: freshEmail(), roles: ["admin"] }],
      ["POST", "admin/invitations", { email: freshEmail(), roles: ["admin"] }],
      ["POST", "admin/users/import"],
      ["PUT", `admin/users/${admin.user.id}/roles`, { roles: ["admin"] }],
      ["POST", "admin/roles", { name: "other", permissions: [] }],
      ["PATCH", "admin/roles/auditor", { permissions: [] }],
      ["DELETE", "admin/roles/auditor"],
      ["POST", `admin/users/${admin.user.id}/impersonate`, { reason: "Ticket 4711" }],
      ["DELETE", `admin/users/${admin.user.id}/mfa`],
    ];
    for (const [method, path, json] of asked) {
      const lines = {
        raw: JSON.stringify({ email: freshEmail() }),
        headers: { "content-type": "application/x-ndjson" },
      };
      const body = json ? { json } : path.endsWith("import") ? lines : {};
      const reply = await service.call(method, path, { token, ...body });
      expect([path, reply.body.code]).toEqual([path, "reauthentication_required"]);
    }
    expect((await service.call("GET", "admin/users", { token })).status).toBe(200);
  });
});
