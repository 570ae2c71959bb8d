import { credentialPrefix, readCredential } from "../lib/credential.ts";
import { OAuthError } from "../oauth-error.ts";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** What of a request can prove a client: the Authorization header and the form's own fields. */
export type Presented = {
  readonly authorization: string | undefined;
  readonly client_id?: string | undefined;
  readonly client_secret?: string | undefined;
  readonly client_assertion?: string | undefined;
  readonly client_assertion_type?: string | undefined;
};

/** What a client presents to prove itself, in form; whether it is right is for the database or the keys to say. */
export type ClientCredentials =
  | {
      readonly method: "client_secret_basic" | "client_secret_post";
      readonly clientId: string;
      readonly secretId: string;
      readonly hash: string;
    }
  | { readonly method: "private_key_jwt"; readonly assertion: string; readonly clientId: string | undefined };

/**
 * Reads how a client authenticates: in one way (RFC 6749 §2.3).
 * @throws OAuthError `invalid_request` for two ways at once, `invalid_client` for none and for what is no secret of ours.
 */
export function readCredentials(presented: Presented): ClientCredentials {
  const {
    authorization,
    client_id: clientId,
    client_secret: secret,
    client_assertion: assertion,
  } = presented;
  const ways = [authorization, secret, assertion].filter((way) => way !== undefined);
  if (ways.length > 1) throw new OAuthError("invalid_request");
  if (authorization !== undefined) {
    const basic = readBasic(authorization);
    if (clientId !== undefined && clientId !== basic.id) throw new OAuthError("invalid_request");
    return bySecret("client_secret_basic", basic.id, basic.secret);
  }
  if (secret !== undefined && clientId !== undefined) return bySecret("client_secret_post", clientId, secret);
  if (assertion !== undefined && presented.client_assertion_type === assertionType) {
    return { method: "private_key_jwt", assertion, clientId };
  }
  throw new OAuthError("invalid_client");
}

/** The secret says whose it is, so a foreign or made-up one is refused here. */
function bySecret(method: "client_secret_basic" | "client_secret_post", clientId: string, text: string) {
  const secret = readCredential(credentialPrefix.clientSecret, text);
  if (secret?.owner !== clientId) throw new OAuthError("invalid_client");
  return { method, clientId, secretId: secret.id, hash: secret.hash };
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined. */
function readBasic(header: string): { id: string; secret: string } {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(header) ?? [];
  try {
    const [id = "", secret, ...rest] = atob(encoded ?? "").split(":");
    if (secret === undefined || rest.length > 0) throw new OAuthError("invalid_client");
    return { id: decodeForm(id), secret: decodeForm(secret) };
  } catch (cause) {
    throw new OAuthError("invalid_client", cause);
  }
}

function decodeForm(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}
