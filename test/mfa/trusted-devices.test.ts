import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { acr } from "../../src/access/assurance.ts";
import type { Account, Tokens } from "../support/client.ts";
import { enrol, halfSignIn, showCode } from "../support/factors.ts";
import { startService, useService } from "../support/service.ts";

const service = useService({ TRUSTED_DEVICE_DAYS: "30", THROTTLE: "off" });

const logIn = ({ email, password }: Account, deviceToken?: string) =>
  service.call<Tokens>("POST", "auth/login", {
    json: { email, password, ...(deviceToken && { device_token: deviceToken }) },
  });

async function trusting() {
  const account = await enrol(service);
  const token = await halfSignIn(service, account);
  const { body } = await showCode(service, token, account.code(), "totp", { trust_device: true });
  return { account, token: body.access_token, device: body.device_token ?? "" };
}

describe("a trusted device", () => {
  it("is not asked for the second factor for thirty days, in sessions of one factor", async () => {
    const { account, device } = await trusting();
    expect((await logIn(account)).status).toBe(403);
    const { status, body } = await logIn(account, device);
    expect(status).toBe(200);
    expect(decodeJwt(body.access_token)).toMatchObject({ acr: acr.one, amr: ["pwd"] });
    const removal = await service.call("DELETE", "users/me/mfa/totp", { token: body.access_token });
    expect(removal.body).toMatchObject({
      code: "reauthentication_required",
      methods: ["totp", "recovery_code"],
    });
    service.advance(30 * 86_400 + 1);
    expect((await logIn(account, device)).status).toBe(403);
  });

  it("opens nothing of another account, nothing without the password, and nothing else", async () => {
    const { account, device } = await trusting();
    const other = await enrol(service);
    expect((await logIn(other, device)).status).toBe(403);
    expect((await logIn({ ...account, password: "Wrong-horse-7" }, device)).status).toBe(401);
    expect((await showCode(service, device, account.code(1))).status).toBe(401);
    expect((await service.call("GET", "users/me", { token: device })).status).toBe(401);
    expect((await logIn(account, `${device.slice(0, -2)}AA`)).status).toBe(403);
  });

  it("is listed, and asked again once it is removed, or all are", async () => {
    const { account, token, device } = await trusting();
    type List = { data: { id: string; ip: string; expires_at: string }[]; next_cursor: null };
    const list = async () =>
      (await service.call<List>("GET", "users/me/mfa/trusted-devices", { token })).body;
    const [entry] = (await list()).data;
    expect(entry).toMatchObject({ ip: expect.stringMatching(/^10\./) });
    const stranger = await service.signUp();
    const path = `users/me/mfa/trusted-devices/${entry?.id}`;
    expect((await service.call("DELETE", path, { token: stranger.access_token })).status).toBe(404);
    expect((await logIn(account, device)).status).toBe(200);
    expect((await service.call("DELETE", path, { token })).status).toBe(204);
    expect((await list()).data).toEqual([]);
    expect((await logIn(account, device)).status).toBe(403);
    expect((await service.call("DELETE", "users/me/mfa/trusted-devices", { token })).status).toBe(204);
  });

  it("is asked again after whatever raises the epoch", async () => {
    const { account, token, device } = await trusting();
    await service.call("POST", "auth/logout-all", { token });
    expect((await logIn(account, device)).status).toBe(403);
  });

  it("is there only where the operator wants it", async () => {
    const off = await startService();
    const account = await enrol(off);
    const token = await halfSignIn(off, account);
    const { status, body } = await showCode(off, token, account.code(), "totp", { trust_device: true });
    expect([status, body.device_token]).toEqual([200, undefined]);
    await off.close();
  });
});
