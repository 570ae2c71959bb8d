import { createAuthenticator } from "./authenticator.ts";
import type { Account, Options } from "./client.ts";
import { codeOf, enrol, halfSignIn } from "./factors.ts";
import { passkeysOf } from "./passkeys.ts";
import type { Service } from "./service.ts";

/** A request to a route that is answered by `status`, and what it may cost. */
export type Exchange = {
  budget: number;
  path?: () => string;
  options: () => Options | Promise<Options>;
  status: number;
};

/** The routes of second factors and passkeys, each asked as the user at hand. */
export function factorExchanges(service: Service, who: () => Account): Record<string, Exchange> {
  const bearer = () => ({ token: who().access_token });
  const enrolled = async () => {
    await enrol(service, who());
    return bearer();
  };
  const passkeys = passkeysOf({ call: (...args) => service.call(...args) });
  return {
    "post /api/v1/auth/passkey/options": { budget: 0, options: () => ({}), status: 200 },
    "post /api/v1/auth/passkey": {
      budget: 2,
      options: async () => {
        const { authenticator } = await passkeys.enrol(who().access_token);
        const options = await passkeys.requestOptions();
        return { json: { flow_id: options.flow_id, credential: authenticator.assert(options) } };
      },
      status: 200,
    },
    "post /api/v1/users/me/passkeys/options": { budget: 1, options: bearer, status: 200 },
    "post /api/v1/users/me/passkeys": {
      budget: 1,
      options: async () => {
        const options = await passkeys.creationOptions(who().access_token);
        const credential = createAuthenticator().register(options);
        return { ...bearer(), json: { flow_id: options.flow_id, credential } };
      },
      status: 201,
    },
    "get /api/v1/users/me/passkeys": { budget: 1, options: bearer, status: 200 },
    "patch /api/v1/users/me/passkeys/{id}": {
      budget: 1,
      path: () => `/api/v1/users/me/passkeys/${crypto.randomUUID()}`,
      options: () => ({ ...bearer(), json: { name: "Laptop" } }),
      status: 404,
    },
    "delete /api/v1/users/me/passkeys/{id}": {
      budget: 1,
      path: () => `/api/v1/users/me/passkeys/${crypto.randomUUID()}`,
      options: bearer,
      status: 404,
    },
    "post /api/v1/auth/mfa": {
      budget: 2,
      options: async () => {
        const account = await enrol(service, who());
        return {
          json: { mfa_token: await halfSignIn(service, account), method: "totp", code: account.code() },
        };
      },
      status: 200,
    },
    "post /api/v1/auth/reauthenticate": {
      budget: 2,
      options: async () => {
        const account = await enrol(service, who());
        return { ...bearer(), json: { method: "totp", code: account.code() } };
      },
      status: 200,
    },
    "get /api/v1/users/me/mfa": { budget: 1, options: bearer, status: 200 },
    "post /api/v1/users/me/mfa/totp": { budget: 1, options: bearer, status: 200 },
    "post /api/v1/users/me/mfa/totp/confirm": {
      budget: 2,
      options: async () => {
        const { body } = await service.call<{ secret: string }>("POST", "users/me/mfa/totp", bearer());
        return { ...bearer(), json: { code: codeOf(body.secret, service.deps.clock.now()) } };
      },
      status: 200,
    },
    "delete /api/v1/users/me/mfa/totp": { budget: 1, options: enrolled, status: 204 },
    "post /api/v1/users/me/mfa/recovery-codes": { budget: 1, options: enrolled, status: 200 },
    "get /api/v1/users/me/mfa/trusted-devices": { budget: 1, options: bearer, status: 200 },
    "delete /api/v1/users/me/mfa/trusted-devices": { budget: 1, options: bearer, status: 204 },
    "delete /api/v1/users/me/mfa/trusted-devices/{id}": {
      budget: 1,
      path: () => `/api/v1/users/me/mfa/trusted-devices/${crypto.randomUUID()}`,
      options: bearer,
      status: 404,
    },
  };
}
