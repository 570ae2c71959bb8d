import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { expect, it } from "vitest";
import type { Client } from "../support/client.ts";
import { inParallel } from "../support/heavy.ts";
import { basic, clientToken, createKey, exchangeKey, registerClient } from "../support/machines.ts";
import { makeAdmin } from "../support/operators.ts";
import type { Target } from "./suite.ts";

/** Programs on every runtime: each has its own crypto for assertions, and its own way to share work between requests. */
export function describeMachines(target: () => Target): void {
  const call: Client["call"] = (...args) => target().client.call(...args);
  const service = () => ({ ...target().client, database: target().database });

  it("gives a client a token by its secret and by an assertion, and lets it create a user", async () => {
    const { issuer } = target();
    const admin = await makeAdmin(service());
    const client = await registerClient(service(), admin, { scopes: ["users:write"] });
    const token = await clientToken(service(), client);
    const json = { email: `backend-${client.client_id}@example.com` };
    expect((await call("POST", "admin/users", { token, json })).status).toBe(201);

    for (const alg of ["ES256", "EdDSA"]) {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      const jwks = { keys: [await exportJWK(publicKey)] };
      const signer = await registerClient(service(), admin, { auth_method: "private_key_jwt", jwks });
      const { client_id: iss } = signer;
      const assertion = await new SignJWT({ iss, sub: iss, aud: issuer, jti: "1" })
        .setProtectedHeader({ alg })
        .setExpirationTime("1m")
        .sign(privateKey);
      const form = {
        grant_type: "client_credentials",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion,
      };
      const replies = await inParallel(2, () => call("POST", "/oauth/token", { form }));
      expect(replies.map(({ status }) => status).sort()).toEqual([200, 401]);
    }
  });

  it("takes an API key, exchanges it, and tells by introspection and feed what ended", async () => {
    const admin = await makeAdmin(service());
    const client = await registerClient(service(), admin);
    const account = await target().client.signUp();
    const { key, id } = await createKey(service(), account);
    expect((await call("GET", "users/me", { token: key })).body.session_id).toBe(id);
    const { body } = await exchangeKey(service(), key);
    const ask = async (path: string, token: string) =>
      (await call("POST", `/oauth/${path}`, { headers: basic(client), form: { token } })).body;
    expect(await ask("introspect", String(body.access_token))).toMatchObject({
      active: true,
      gty: "api_key",
    });
    await ask("revoke", key);
    expect(await ask("introspect", String(body.access_token))).toEqual({ active: false });
    const feeds = await inParallel(20, () => call("GET", "/.well-known/revocations"));
    expect(new Set(feeds.map(({ status }) => status))).toEqual(new Set([200]));
    const [, payload = ""] = feeds[0]?.text.split(".") ?? [];
    expect(JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")))).toMatchObject({
      overflow: false,
      count: expect.any(Number),
    });
  });
}
