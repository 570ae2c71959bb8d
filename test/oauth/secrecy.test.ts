import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { basic, clientToken, createKey, type Registered, registerClient } from "../support/machines.ts";
import { makeAdmin } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

let admin: Account;
let client: Registered;

beforeAll(async () => {
  admin = await makeAdmin(service);
  client = await registerClient(service, admin, { scopes: ["users:read"] });
});

const token = (form: Record<string, string>, headers = {}) =>
  service.call("POST", "/oauth/token", { headers, form: { grant_type: "client_credentials", ...form } });

describe("secrets, keys and assertions", () => {
  it("are in no log, no row and no error, whether they are right, wrong or in the wrong place", async () => {
    const user = await service.signUp();
    const { key, id } = await createKey(service, user);
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const signer = await registerClient(service, admin, {
      auth_method: "private_key_jwt",
      jwks: { keys: [await exportJWK(publicKey)] },
    });
    const { client_id: iss } = signer;
    const claims = { iss, sub: iss, aud: "http://localhost:8787", jti: "canary-of-an-assertion" };
    const assertion = await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256" })
      .setExpirationTime("1m")
      .sign(privateKey);
    const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const { client_secret } = client;
    const machine = await clientToken(service, client);
    const replies = [
      await token({ client_assertion: assertion, client_assertion_type: type }),
      await token({ client_assertion: assertion, client_assertion_type: type }),
      await token({ client_assertion: client_secret, client_assertion_type: type }),
      await token({ client_id: client.client_id, client_secret }),
      await token({ client_secret, scope: client_secret, resource: key }, basic(client)),
      await token({ client_id: key, client_secret: key }),
      await token({ scope: client_secret }, basic(client)),
      await token({ resource: key }, basic(client)),
      await token({ grant_type: client_secret }, basic(client)),
      await service.call("POST", "/oauth/token", { headers: { authorization: `Bearer ${key}` }, form: {} }),
      await service.call("POST", `/oauth/introspect`, { headers: basic(client), form: { token: `${key}x` } }),
      await service.call("POST", `/oauth/revoke`, { headers: basic(client), form: { token: client_secret } }),
      await service.call("GET", "users/me", { token: client_secret }),
      await service.call("GET", `admin/users?q=${key}`, { token: machine }),
      await service.call("GET", `users/me/api-keys?cursor=${client_secret}`, { token: user.access_token }),
      await service.call("POST", "users/me/api-keys", {
        token: user.access_token,
        json: { name: "x", scopes: [key] },
      }),
      await service.call("POST", "admin/clients", {
        token: admin.access_token,
        json: { name: 7, client_secret: key },
      }),
      await service.call("POST", `users/me/api-keys/${id}/rotate`, {
        token: user.access_token,
        json: { overlap_seconds: key },
      }),
    ];
    // A failure of the database must not quote what it was asked for.
    service.onStatement.current = () => {
      throw new Error("cut");
    };
    replies.push(await token({}, basic(client)), await service.call("GET", "users/me", { token: key }));
    service.onStatement.current = undefined;

    const tables = await service.database.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'auth'",
    );
    const rows = await Promise.all(
      tables.map(({ name }) => service.database.query(`select t::text as row from auth.${name} t`)),
    );
    const places = {
      logs: JSON.stringify(service.logs),
      rows: JSON.stringify(rows),
      errors: JSON.stringify(
        replies.filter(({ status }) => status >= 400).map(({ text, headers }) => [text, ...headers]),
      ),
    };
    expect(places.rows.length).toBeGreaterThan(5000);
    const random = (text: string) => text.slice(50, 80);
    const canaries = [key, client_secret]
      .map(random)
      .concat(assertion.split(".")[2] ?? "", machine.split(".")[2] ?? "", "canary-of-an-assertion");
    for (const [place, text] of Object.entries(places)) {
      for (const canary of canaries)
        expect([place, canary, text.includes(canary)]).toEqual([place, canary, false]);
    }
  });
});

describe("what is forged", () => {
  const statements = async (work: () => Promise<{ status: number }>) => {
    const before = service.statements.length;
    const { status } = await work();
    return [status, service.statements.length - before];
  };
  const altered = (text: string) => text.slice(0, -6) + (text.endsWith("AAAAAA") ? "BBBBBB" : "AAAAAA");

  it("costs no statement, and what is right one", async () => {
    const { key } = await createKey(service, await service.signUp());
    const machine = await clientToken(service, client);
    const me = (text: string) => statements(() => service.call("GET", "users/me", { token: text }));
    const list = (text: string) => statements(() => service.call("GET", "admin/users", { token: text }));
    expect([await me(altered(key)), await me(key)]).toEqual([
      [401, 0],
      [200, 1],
    ]);
    expect([await list(altered(machine)), await list(machine)]).toEqual([
      [401, 0],
      [200, 1],
    ]);
    const wrong = { ...client, client_secret: altered(client.client_secret) };
    expect(await statements(() => token({}, basic(wrong)))).toEqual([401, 0]);
    expect(await statements(() => token({}, basic(client)))).toEqual([200, 1]);
  });

  it("is introspected and revoked by the one statement that takes the client's proof", async () => {
    const { key } = await createKey(service, await service.signUp());
    for (const text of [key, altered(key), "x"]) {
      for (const path of ["introspect", "revoke"]) {
        const ask = () =>
          service.call("POST", `/oauth/${path}`, { headers: basic(client), form: { token: text } });
        expect(await statements(ask)).toEqual([200, 1]);
      }
    }
  });

  it("costs nothing as an assertion that is none, and one to find the keys of one that is signed by another", async () => {
    const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const ask = (text: string) =>
      statements(() => token({ client_assertion: text, client_assertion_type: type }));
    expect(await ask("a.b.c")).toEqual([401, 0]);
    const { privateKey } = await generateKeyPair("ES256");
    const claims = { iss: client.client_id, sub: client.client_id, aud: "http://localhost:8787", jti: "1" };
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256" })
      .setExpirationTime("1m")
      .sign(privateKey);
    expect(await ask(forged)).toEqual([401, 1]);
  });
});
