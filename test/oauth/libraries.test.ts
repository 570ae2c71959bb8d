import * as jose from "jose";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { beforeAll, describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { createKey, registerClient } from "../support/machines.ts";
import { makeAdmin } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const issuer = "https://localhost";
const service = useService({ THROTTLE: "off", ISSUER: issuer });

/** The transport, and no more: every rule of the libraries stands, https among them. */
type Sent = { method: string; headers: Record<string, string>; body?: unknown };
const fetched = async (url: string, { method, headers, body }: Sent) => {
  const raw = body ? { raw: body as BodyInit } : {};
  const reply = await service.call(method, new URL(url).pathname, { headers, ...raw });
  return new Response(reply.text === "" ? null : reply.text, reply);
};
const through = { [oauth.customFetch]: fetched };

let admin: Account;
let user: Account;
let server: oauth.AuthorizationServer;

const algorithms = ["ES256", "EdDSA", "PS256", "RS256"] as const;
const methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"] as const;
type Method = (typeof methods)[number];

async function register(method: Method, alg: string = "ES256") {
  const pair = await jose.generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await jose.exportJWK(pair.publicKey)), kid: "a" };
  const client = await registerClient(service, admin, {
    auth_method: method,
    scopes: ["users:read", "orders:read"],
    audiences: [issuer, "https://orders.example.com"],
    ...(method === "private_key_jwt" && { jwks: { keys: [jwk] } }),
  });
  return { ...client, key: { key: pair.privateKey, kid: "a" } };
}

beforeAll(async () => {
  admin = await makeAdmin(service);
  user = await service.signUp();
  const reply = await oauth.discoveryRequest(new URL(issuer), { algorithm: "oauth2", ...through });
  server = await oauth.processDiscoveryResponse(new URL(issuer), reply);
});

describe.each([
  ["client_secret_basic", "ES256"],
  ["client_secret_post", "ES256"],
  ...algorithms.map((alg) => ["private_key_jwt", alg] as const),
] as const)("oauth4webapi by %s (keys: %s)", (method, alg) => {
  it("gets, validates (RFC 9068), introspects and revokes a token", async () => {
    const { client_id, client_secret, key } = await register(method, alg);
    const client = { client_id };
    const proof = {
      client_secret_basic: () => oauth.ClientSecretBasic(client_secret),
      client_secret_post: () => oauth.ClientSecretPost(client_secret),
      private_key_jwt: () => oauth.PrivateKeyJwt(key),
    }[method]();

    const granted = await oauth.processClientCredentialsResponse(
      server,
      client,
      await oauth.clientCredentialsGrantRequest(server, client, proof, { scope: "users:read" }, through),
    );
    expect(granted).toMatchObject({ token_type: "bearer", expires_in: 1800, scope: "users:read" });
    expect(granted.refresh_token).toBeUndefined();

    const request = new Request(`${issuer}/api`, {
      headers: { authorization: `Bearer ${granted.access_token}` },
    });
    const claims = await oauth.validateJwtAccessToken(server, request, issuer, through);
    expect(claims).toMatchObject({ iss: issuer, sub: client_id, client_id, scope: "users:read" });

    const introspect = async (token: string) =>
      oauth.processIntrospectionResponse(
        server,
        client,
        await oauth.introspectionRequest(server, client, proof, token, through),
      );
    const { jti, exp } = claims;
    expect(await introspect(granted.access_token)).toMatchObject({ active: true, jti, exp, sub: client_id });
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, client, proof, granted.access_token, through),
    );
    expect(await introspect(granted.access_token)).toEqual({ active: false });
  });
});

describe.each(methods)("openid-client by %s", (method) => {
  it("discovers, gets a token for a resource, introspects and revokes", async () => {
    const { client_id, client_secret, key } = await register(method);
    const proof = {
      client_secret_basic: () => openid.ClientSecretBasic(client_secret),
      client_secret_post: () => openid.ClientSecretPost(client_secret),
      private_key_jwt: () => openid.PrivateKeyJwt(key),
    }[method]();
    const config = await openid.discovery(new URL(issuer), client_id, undefined, proof, {
      algorithm: "oauth2",
      [openid.customFetch]: fetched,
    });

    const resource = "https://orders.example.com";
    const granted = await openid.clientCredentialsGrant(config, { resource });
    expect(jose.decodeJwt(granted.access_token)).toMatchObject({
      aud: resource,
      scope: "orders:read users:read",
    });
    expect(await openid.tokenIntrospection(config, granted.access_token)).toMatchObject({ active: true });
    await openid.tokenRevocation(config, granted.access_token);
    expect(await openid.tokenIntrospection(config, granted.access_token)).toEqual({ active: false });

    await expect(openid.clientCredentialsGrant(config, { scope: "users:write" })).rejects.toMatchObject({
      error: "invalid_scope",
    });
    await expect(
      openid.clientCredentialsGrant(config, { resource: "https://elsewhere" }),
    ).rejects.toMatchObject({
      error: "invalid_target",
    });
    await expect(openid.genericGrantRequest(config, "password", {})).rejects.toMatchObject({
      error: "unsupported_grant_type",
    });
  });
});

describe("oauth4webapi", () => {
  it("validates a user's access token, and one that an API key was exchanged for (RFC 8693)", async () => {
    const { key } = await createKey(service, user);
    const exchanged = await oauth.processGenericTokenEndpointResponse(
      server,
      { client_id: "-" },
      await oauth.genericTokenEndpointRequest(
        server,
        { client_id: "-" },
        oauth.None(),
        "urn:ietf:params:oauth:grant-type:token-exchange",
        { subject_token: key, subject_token_type: "urn:gatehouse:token-type:api_key" },
        through,
      ),
    );
    for (const token of [user.access_token, exchanged.access_token]) {
      const request = new Request(`${issuer}/api`, { headers: { authorization: `Bearer ${token}` } });
      const claims = await oauth.validateJwtAccessToken(server, request, issuer, through);
      expect(claims).toMatchObject({ sub: user.user.id, client_id: "gatehouse" });
      await expect(
        oauth.validateJwtAccessToken(server, request, "https://orders.example.com", through),
      ).rejects.toThrow();
    }
  });

  it("is told of a wrong secret as RFC 6749 §5.2 says", async () => {
    const [one, other] = [await register("client_secret_basic"), await register("client_secret_basic")];
    const client = { client_id: one.client_id };
    for (const secret of [other.client_secret, `${one.client_secret.slice(0, -4)}AAAA`, "secret"]) {
      const reply = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        oauth.ClientSecretBasic(secret),
        {},
        through,
      );
      expect(reply.headers.get("www-authenticate")).toMatch(/^Basic /);
      await expect(oauth.processClientCredentialsResponse(server, client, reply)).rejects.toThrow();
      expect(reply.status).toBe(401);
    }
  });
});
