import { type Account, goodPassword, type Options } from "./client.ts";
import type { Service } from "./service.ts";

/** What is answered when the same is asked again of what has taken effect, and how its client goes on from there. */
export type Recovery = {
  readonly status: number;
  /** Says by a status under 300 that the client has what it asked for, or is where it wanted to be. */
  readonly goOn: (sent: Options) => Promise<number>;
};

const another = "Another-horse-8";

/**
 * For routes whose effect cannot be had twice. Of every other the same request is answered again as it would have been the first
 * time.
 */
export function recoveries(service: Service, user: () => Account): Record<string, Recovery> {
  const token = () => user().access_token;
  const get = async (path: string) => (await service.call("GET", path, { token: token() })).status;
  const logIn = async (password = goodPassword) => (await service.logIn(user().email, password)).status;
  /** That it is gone is what was asked for. */
  const gone = { status: 404, goOn: async () => 204 };
  const listed = (path: string, holds: (text: string) => boolean) => async () => {
    const { status, text } = await service.call("GET", path, { token: token() });
    return holds(text) ? status : 500;
  };
  return {
    "post /api/v1/auth/signup": {
      status: 409,
      goOn: async ({ json }) => (await service.logIn((json as { email: string }).email)).status,
    },
    // A sign-in begins anew: what it was begun with is used up, and nobody else has it.
    "post /api/v1/auth/passkey": {
      status: 401,
      goOn: async () => (await service.call("POST", "auth/passkey/options")).status,
    },
    "post /api/v1/auth/mfa": {
      status: 401,
      goOn: async () => ((await logIn()) === 403 ? 200 : 500),
    },
    "post /api/v1/auth/magic-link/verify": {
      status: 401,
      goOn: async () =>
        (await service.call("POST", "auth/magic-link", { json: { email: user().email } })).status,
    },
    "post /api/v1/auth/reauthenticate": { status: 401, goOn: () => get("users/me") },
    "post /api/v1/users/me/passkeys": {
      status: 401,
      goOn: listed("users/me/passkeys", (text) => text.includes('"id"')),
    },
    // The codes that were in the lost reply are had anew by `POST /users/me/mfa/recovery-codes`.
    "post /api/v1/users/me/mfa/totp/confirm": {
      status: 404,
      goOn: listed("users/me/mfa", (text) => text.includes("totp")),
    },
    "delete /api/v1/users/me/mfa/totp": gone,
    "delete /api/v1/users/me/api-keys/{id}": gone,
    "delete /api/v1/admin/clients/{id}": gone,
    "delete /api/v1/admin/users/{id}": gone,
    "delete /api/v1/admin/roles/{name}": gone,
    // Two at a time: the one that nobody has seen is listed, and can be removed.
    "post /api/v1/admin/clients/{id}/secrets": { status: 409, goOn: async () => 200 },
    "post /api/v1/admin/users": { status: 409, goOn: async () => 200 },
    "post /api/v1/admin/roles": { status: 409, goOn: async () => 200 },
    "post /api/v1/auth/logout-all": { status: 401, goOn: () => logIn() },
    "delete /api/v1/users/me": { status: 401, goOn: async () => ((await logIn()) === 401 ? 204 : 500) },
    "post /api/v1/auth/email/verify": {
      status: 401,
      goOn: listed("users/me", (text) => text.includes('"email_verified":true')),
    },
    "post /api/v1/auth/password/reset": { status: 401, goOn: () => logIn(another) },
    "post /api/v1/users/me/password": { status: 401, goOn: () => logIn(another) },
  };
}
