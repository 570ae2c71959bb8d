import { beforeAll, describe, expect, it } from "vitest";
import { sealChallenge } from "../src/challenge/challenge.ts";
import { createAuthenticator } from "./support/authenticator.ts";
import { freshEmail, goodPassword } from "./support/client.ts";
import { type Enrolled, enrol, halfSignIn } from "./support/factors.ts";
import { type Operation, readOperations } from "./support/openapi.ts";
import { type CreationOptions, passkeysOf } from "./support/passkeys.ts";
import { useService } from "./support/service.ts";

const service = useService({ THROTTLE: "off", TRUSTED_DEVICE_DAYS: "30" });

let account: Enrolled;
let operations: Operation[];
let tokens: Record<string, string>;
let passkey: ReturnType<typeof createAuthenticator>;
let creation: CreationOptions;
/** Of the flows of passkeys: an answer to the wrong one is right but for its purpose. */
const challenges: Record<string, string> = {};

/** Every token that is a step of something, with the one next step it is for: `path field`. */
const nextSteps: Record<string, string[]> = {
  "the mfa_token of a login": ["/auth/mfa mfa_token", "/auth/passkey/options mfa_token"],
  "the flow of a passkey sign-in": ["/auth/passkey flow_id"],
  "the flow of a passkey as second factor": ["/auth/passkey flow_id"],
  "the flow of a passkey to authenticate again": ["/auth/reauthenticate flow_id"],
  "the flow of a passkey registration": ["/users/me/passkeys flow_id"],
  "the token of a trusted device": ["/auth/login device_token"],
  "the flow of a magic link": ["/auth/magic-link/verify flow_id", "/auth/reauthenticate flow_id"],
  "the token of a magic link": ["/auth/magic-link/verify token"],
  "the flow of a verification": ["/auth/email/verify flow_id"],
  "the token of a verification": ["/auth/email/verify token"],
  "the token of a reset": ["/auth/password/reset token"],
  "a refresh token": ["/auth/refresh refresh_token", "/auth/logout refresh_token"],
};

async function begin(): Promise<Record<string, string>> {
  const bearer = { token: account.access_token };
  const { email } = account;
  const flow = async (path: string, options: object = {}) => {
    const { body } = await service.call<CreationOptions>("POST", path, options);
    challenges[body.flow_id] = body.challenge;
    if (body.rp) creation = body;
    return body.flow_id;
  };
  const mailed = async (path: string, template: string) => {
    const flowId = await flow(path, { json: { email } });
    return { flowId, token: (await service.mailTo(email, template)).token };
  };
  const magic = await mailed("auth/magic-link", "magic_link");
  const verification = await mailed("auth/email/verification", "verify_email");
  const reset = await mailed("auth/password/forgot", "password_reset");
  const mfaToken = await halfSignIn(service, account);
  const trust = { userId: account.user.id };
  return {
    "the mfa_token of a login": mfaToken,
    "the flow of a passkey sign-in": await flow("auth/passkey/options", { json: {} }),
    "the flow of a passkey as second factor": await flow("auth/passkey/options", {
      json: { mfa_token: mfaToken },
    }),
    "the flow of a passkey to authenticate again": await flow("auth/passkey/options", {
      ...bearer,
      json: {},
    }),
    "the flow of a passkey registration": await flow("users/me/passkeys/options", bearer),
    "the token of a trusted device": sealChallenge(service.deps, "trusted_device", trust, 600).text,
    "the flow of a magic link": magic.flowId,
    "the token of a magic link": magic.token,
    "the flow of a verification": verification.flowId,
    "the token of a verification": verification.token,
    "the token of a reset": reset.token,
    "a refresh token": account.refresh_token,
  };
}

const tokenFields = ["mfa_token", "flow_id", "token", "refresh_token", "device_token", "invitation"];

type Schema = {
  properties?: Record<string, { const?: unknown; enum?: unknown[] }>;
  oneOf?: Schema[];
  anyOf?: Schema[];
};

/** The shapes that a body may have. */
function shapesOf({ operation }: Operation): NonNullable<Schema["properties"]>[] {
  const schema = operation.requestBody?.content["application/json"]?.schema as Schema | undefined;
  const all = schema?.oneOf ?? schema?.anyOf ?? (schema ? [schema] : []);
  return all.map(({ properties }) => properties ?? {});
}

/** What an authenticator makes of the flow, were it one of the route's. */
function credentialFor(path: string, flowId: string): object {
  const challenge = challenges[flowId] ?? creation.challenge;
  if (path === "/users/me/passkeys") return createAuthenticator().register({ ...creation, challenge });
  return passkey.assert({ challenge, rpId: creation.rp.id });
}

/** Something of the right form for each field, so that the token is what a route has to refuse. */
const plausible: Record<string, () => unknown> = {
  email: freshEmail,
  password: () => goodPassword,
  new_password: () => "Another-horse-8",
  current_password: () => goodPassword,
  code: () => "12345678",
  name: () => "Ada",
  trust_device: () => false,
};

function bodyOf(path: string, shape: NonNullable<Schema["properties"]>, field: string, token: string) {
  const entries = Object.entries(shape).flatMap(([name, { const: only, enum: some }]) => {
    if (name === field) return [[name, token]];
    if (tokenFields.includes(name)) return [];
    if (name === "credential") return [[name, credentialFor(path, token)]];
    return [[name, only ?? some?.[0] ?? plausible[name]?.()]];
  });
  const body = Object.fromEntries(entries) as Record<string, unknown>;
  // A proof is shown by its token, or by its code and flow.
  if (field === "token") delete body.code;
  return body;
}

beforeAll(async () => {
  account = await enrol(service);
  passkey = (await passkeysOf(service).enrol(account.access_token)).authenticator;
  operations = await readOperations(service);
  tokens = await begin();
});

describe("what a half-finished step was given", () => {
  it("is there for every kind of step", () => {
    expect(Object.keys(tokens).sort()).toEqual(Object.keys(nextSteps).sort());
    for (const [name, token] of Object.entries(tokens))
      expect([name, token.length > 40]).toEqual([name, true]);
  });

  it.each(Object.keys(nextSteps))("%s is no bearer of any route", async (name) => {
    const guarded = operations.filter(({ operation }) => operation.security?.some((way) => "bearer" in way));
    expect(guarded.length).toBeGreaterThan(40);
    for (const { method, path } of guarded) {
      const url = path.replace(/\{[^}]+\}/g, crypto.randomUUID());
      const json = method === "get" || method === "delete" ? {} : { json: {} };
      const { status, body } = await service.call(method.toUpperCase(), url, {
        token: tokens[name],
        ...json,
      });
      // Where a bearer may come along, the body is looked at first; and to log out by what is no token is no error.
      const answer = path.endsWith("/auth/logout")
        ? status === 204
        : /^invalid_(token|fields)$/.test(String(body.code));
      expect([path, answer]).toEqual([path, true]);
      if (!path.startsWith("/api/v1/auth/")) expect(body.code).toBe("invalid_token");
    }
  });

  it.each(Object.keys(nextSteps))("%s opens no step but its own", async (name) => {
    const walked: string[] = [];
    for (const operation of operations) {
      const path = operation.path.replace("/api/v1", "");
      for (const shape of shapesOf(operation)) {
        for (const field of tokenFields.filter((each) => each in shape)) {
          walked.push(`${path} ${field}`);
          if (nextSteps[name]?.includes(`${path} ${field}`)) continue;
          const json = bodyOf(path, shape, field, tokens[name] ?? "");
          // Its token goes with its flow.
          if (path === "/auth/magic-link/verify" && field === "token")
            json.flow_id = tokens["the flow of a magic link"];
          if (path === "/auth/login") Object.assign(json, { email: account.email });
          const own = "security" in operation.operation && path.startsWith("/users/");
          const token = own || path === "/auth/reauthenticate" ? { token: account.access_token } : {};
          const { status, body } = await service.call("POST", operation.path, { json, ...token });
          const answer = [path, field, status, body.code];
          if (path === "/auth/logout") expect(status).toBe(204);
          else if (path === "/auth/login") expect(answer).toEqual([path, field, 403, "mfa_required"]);
          else expect(answer).toEqual([path, field, 401, expect.stringMatching(/^invalid_/)]);
        }
      }
    }
    expect(walked).toEqual(expect.arrayContaining(Object.values(nextSteps).flat()));
    expect((await service.call("GET", "users/me", { token: account.access_token })).status).toBe(200);
  });
});
