import { permissionNames } from "../access/permissions.ts";
import { assertionAlgorithms, authMethods, introspectionScope } from "../client/client.ts";
import type { Config } from "../config.ts";

/** What an OAuth client finds here, and no more than there is (RFC 8414 §2). */
export function describeServer({ issuer, publicUrl, accessToken }: Config) {
  const at = (path: string) => `${publicUrl}${path}`;
  const published = !("secret" in accessToken.signing);
  const methods = [...authMethods];
  const algorithms = [...assertionAlgorithms];
  return {
    issuer,
    ...(published && {
      jwks_uri: at("/.well-known/jwks.json"),
      revocations_uri: at("/.well-known/revocations"),
    }),
    token_endpoint: at("/oauth/token"),
    token_endpoint_auth_methods_supported: [...methods, "none"],
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    introspection_endpoint: at("/oauth/introspect"),
    introspection_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint: at("/oauth/revoke"),
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    grant_types_supported: ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
    response_types_supported: [],
    scopes_supported: [...permissionNames, introspectionScope],
    service_documentation: at("/docs"),
  };
}
