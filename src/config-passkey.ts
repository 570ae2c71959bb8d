import { isExactOrigin } from "./config-checks.ts";
import type { Variables } from "./config-variables.ts";
import { isLoopbackHost } from "./lib/network.ts";

/** Who passkeys are made for, and on which pages they may be used (WebAuthn Level 3 §5.1.3, §13.4.9). */
export type RelyingParty = { readonly id: string; readonly origins: readonly string[] };

/** A domain that a browser takes for an RP ID: lower case, in A-labels, no address and no port. */
const domain = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;
const endsInNumber = /(^|\.)\d+$/;

/**
 * The one `PASSKEY_*` group; what is wrong with it goes to `findings`. An origin need not lie below the RP ID:
 * browsers that know related origins (§5.11) let others in, by a list that the RP ID's host serves.
 */
export function parsePasskey(
  env: Partial<Variables>,
  origins: readonly string[],
  findings: string[],
): RelyingParty {
  const issuer = URL.canParse(env.ISSUER ?? "") ? new URL(env.ISSUER ?? "") : undefined;
  const id = env.PASSKEY_RP_ID ?? issuer?.hostname ?? "";
  if (env.PASSKEY_RP_ID !== undefined && (!domain.test(id) || endsInNumber.test(id))) {
    findings.push("PASSKEY_RP_ID: must be a host name, like example.com");
  }
  const isSecure = (origin: string) => {
    const { protocol, hostname } = new URL(origin);
    return protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
  };
  if (!origins.every((origin) => isExactOrigin(origin) && isSecure(origin))) {
    findings.push(
      "PASSKEY_ORIGINS: must be exact origins, like https://app.example.com, and https unless loopback",
    );
  }
  return { id, origins: origins.length > 0 ? origins : [issuer?.origin ?? ""] };
}
