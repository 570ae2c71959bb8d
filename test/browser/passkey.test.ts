import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserPath, launchBrowser } from "../support/browser.ts";
import { type Account, createClient } from "../support/client.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Running, startProcess } from "../support/process.ts";

const canRun = browserPath !== undefined || process.env.CI === "true";
if (!canRun) console.log("Browser tests are left out: no Chromium found. Install one, or set CHROMIUM_PATH.");

type Answer = { status: number; body: Record<string, unknown> };

/** What a page of the service's own origin does; each runs in the page. */
const inPage = {
  call: async ([method, path, json, token]: [
    string,
    string,
    unknown,
    string | undefined,
  ]): Promise<Answer> => {
    const reply = await fetch(`/api/v1/${path}`, {
      method,
      headers: {
        ...(json !== null && { "content-type": "application/json" }),
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(json !== null && { body: JSON.stringify(json) }),
    });
    const text = await reply.text();
    return { status: reply.status, body: text ? JSON.parse(text) : {} };
  },
  create: async (options: unknown): Promise<unknown> => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as never);
    const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
    return made.toJSON();
  },
  get: async (options: unknown): Promise<unknown> => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as never);
    const got = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
    return got.toJSON();
  },
};

describe.runIf(canRun)("passkeys in a real browser, by the JSON API", () => {
  let database: TestDatabase;
  let running: Running;
  let browser: Browser;
  let page: Page;
  let account: Account;
  let passkeyId: string;

  const call = (method: string, path: string, json: unknown = null, token?: string) =>
    page.evaluate(inPage.call, [method, path, json, token] as [string, string, unknown, string | undefined]);
  const ask = async (json: unknown, token?: string) => {
    const { status, body } = await call("POST", "auth/passkey/options", json, token);
    expect(status).toBe(200);
    return body;
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    running = await startProcess("built", { DATABASE_URL: database.url });
    account = await createClient((request) => fetch(request), running.origin).signUp();
    browser = await launchBrowser();
    page = await browser.newPage();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.goto(`${running.origin}/redoc`);
  });

  afterAll(async () => {
    await browser?.close();
    await running?.stop();
    await database?.close();
  });

  it("one is registered", async () => {
    const options = await call("POST", "users/me/passkeys/options", null, account.access_token);
    expect(options.status).toBe(200);
    const credential = await page.evaluate(inPage.create, options.body);
    const made = await call(
      "POST",
      "users/me/passkeys",
      { flow_id: options.body.flow_id, credential },
      account.access_token,
    );
    expect([made.status, made.body]).toMatchObject([201, { name: "Passkey", transports: ["internal"] }]);
    passkeyId = made.body.id as string;
  });

  it("the authenticator makes no second one for the account", async () => {
    const options = await call("POST", "users/me/passkeys/options", null, account.access_token);
    await expect(page.evaluate(inPage.create, options.body)).rejects.toThrow("InvalidStateError");
  });

  it("it signs in without a user name", async () => {
    const options = await ask({});
    const credential = await page.evaluate(inPage.get, options);
    const reply = await call("POST", "auth/passkey", { flow_id: options.flow_id, credential });
    expect(reply.status).toBe(200);
    const me = await call("GET", "users/me", null, reply.body.access_token as string);
    expect(me.body).toMatchObject({ id: account.user.id, mfa_enabled: true });
    const again = await call("POST", "auth/passkey", { flow_id: options.flow_id, credential });
    expect([again.status, again.body.code]).toEqual([401, "invalid_proof"]);
  });

  it("it is the second factor after the password", async () => {
    const { email, password } = account;
    const first = await call("POST", "auth/login", { email, password });
    expect([first.status, first.body]).toMatchObject([403, { code: "mfa_required" }]);
    expect(first.body.methods).toContain("passkey");
    const options = await ask({ mfa_token: first.body.mfa_token });
    expect(options.allowCredentials).toHaveLength(1);
    const credential = await page.evaluate(inPage.get, options);
    const reply = await call("POST", "auth/passkey", { flow_id: options.flow_id, credential });
    expect(reply.status).toBe(200);
    const me = await call("GET", "users/me", null, reply.body.access_token as string);
    expect(me.body.id).toBe(account.user.id);
  });

  it("it is renamed, and deleted", async () => {
    // The session that registered it has two factors since.
    const token = account.access_token;
    const renamed = await call("PATCH", `users/me/passkeys/${passkeyId}`, { name: "Virtual key" }, token);
    expect([renamed.status, renamed.body.name]).toEqual([200, "Virtual key"]);
    const listed = await call("GET", "users/me/passkeys", null, token);
    expect(listed.body.data).toMatchObject([{ id: passkeyId, name: "Virtual key" }]);
    expect((await call("DELETE", `users/me/passkeys/${passkeyId}`, null, token)).status).toBe(204);
    const options = await ask({});
    const credential = await page.evaluate(inPage.get, options);
    const reply = await call("POST", "auth/passkey", { flow_id: options.flow_id, credential });
    expect([reply.status, reply.body.code]).toEqual([401, "invalid_proof"]);
  });
});
