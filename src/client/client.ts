/**
 * How a client can authenticate (RFC 6749 §2.3, RFC 7523 §2.2).
 * @public
 */
export const authMethods = ["client_secret_basic", "client_secret_post", "private_key_jwt"] as const;

/**
 * What assertions may be signed with. Ed25519 has two names (RFC 9864 §2.2).
 * @public
 */
export const assertionAlgorithms = ["ES256", "Ed25519", "EdDSA", "PS256", "RS256"] as const;

/** @public */
export type AuthMethod = (typeof authMethods)[number];

/**
 * A scope of clients that serve resources: what others ask of them they may introspect.
 * @public
 */
export const introspectionScope = "tokens:introspect";

/** A client as the wire shows it. */
export type Client = {
  client_id: string;
  name: string;
  auth_method: AuthMethod;
  scopes: string[];
  audiences: string[];
  jwks: { keys: Record<string, string>[] } | null;
  secrets: { id: string; created_at: string; last_used_at: string | null }[];
  created_at: string;
  updated_at: string;
};
