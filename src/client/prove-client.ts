import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, jwtVerify } from "jose";
import { uuidPattern } from "../ids.ts";
import { isStrictCompactJws } from "../lib/compact-jws.ts";
import { OAuthError } from "../oauth-error.ts";
import type { Deps } from "../ports.ts";
import { type Presented, readCredentials } from "./credentials.ts";
import { algorithmsOf } from "./public-keys.ts";
import { readKeys } from "./queries.ts";

const longestAssertion = 8192;
const longestJti = 255;
/** What an assertion is good for is over at once; that it was used has to be kept for as long. */
const longestLifeSeconds = 300;
const toleranceSeconds = 30;

/**
 * Who a client is by what it presented, as far as that can be told before the statement that takes it: whether the secret
 * is right, or the assertion is used the first time.
 * @public
 */
export type ClientProof =
  | {
      readonly method: "client_secret_basic" | "client_secret_post";
      readonly clientId: string;
      readonly secretId: string;
      readonly hash: string;
    }
  | {
      readonly method: "private_key_jwt";
      readonly clientId: string;
      /** The keys it was verified with. */
      readonly jwks: { readonly keys: readonly JWK[] };
      /** An id of its own for each `jti` of a client, to be used once. */
      readonly use: { readonly id: string; readonly expiresAt: number };
    };

/**
 * Reads and, where it signed an assertion, verifies what a client presents. A secret costs no statement here, an assertion
 * one, for its keys.
 * @throws OAuthError `invalid_client` or `invalid_request`.
 * @public
 */
export async function proveClient(
  deps: Pick<Deps, "config" | "clock" | "db">,
  presented: Presented,
): Promise<ClientProof> {
  const credentials = readCredentials(presented);
  if (credentials.method !== "private_key_jwt") return credentials;
  try {
    return await verifyAssertion(deps, credentials.assertion, credentials.clientId);
  } catch (cause) {
    if (cause instanceof Refused) throw new OAuthError("invalid_client", cause);
    throw cause;
  }
}

/** The assertion is no good; why is for the log. */
class Refused extends Error {
  override name = "Refused";
}

/** RFC 7523 §3. `aud` is who issues tokens here or where it is asked for them, and nobody beside. */
async function verifyAssertion(
  deps: Pick<Deps, "config" | "clock" | "db">,
  assertion: string,
  named: string | undefined,
): Promise<ClientProof> {
  const { clientId, alg, kid } = readUnverified(assertion);
  if (named !== undefined && named !== clientId) throw new Refused("client_id is another");
  const jwks = await readKeys(deps, clientId);
  const candidates = (jwks?.keys ?? []).filter(
    (jwk) =>
      algorithmsOf(jwk).includes(alg) && (kid === undefined || jwk.kid === undefined || jwk.kid === kid),
  );
  const { issuer, publicUrl } = deps.config;
  for (const jwk of candidates) {
    const verified = await jwtVerify(assertion, await importJWK(jwk, alg), {
      algorithms: [alg],
      issuer: clientId,
      subject: clientId,
      audience: [issuer, `${publicUrl}/oauth/token`],
      currentDate: deps.clock.now(),
      clockTolerance: toleranceSeconds,
      requiredClaims: ["exp", "jti"],
    }).catch(() => undefined); // by another of the client's keys, or not at all
    if (!verified || !jwks) continue;
    const { aud, jti, exp = 0 } = verified.payload;
    if (typeof aud !== "string" || typeof jti !== "string" || jti === "" || jti.length > longestJti) break;
    const now = Math.floor(deps.clock.now().getTime() / 1000);
    if (exp > now + longestLifeSeconds + toleranceSeconds) break;
    // A NumericDate may have a fraction (RFC 7519 §2).
    const use = { id: useId(clientId, jti), expiresAt: Math.ceil(exp) + toleranceSeconds };
    return { method: "private_key_jwt", clientId, jwks, use };
  }
  throw new Refused("no key of the client verifies it");
}

/** What picks the keys, and proves nothing. */
function readUnverified(assertion: string): { clientId: string; alg: string; kid: string | undefined } {
  if (assertion.length > longestAssertion || !isStrictCompactJws(assertion)) throw new Refused("its form");
  try {
    const { alg = "", kid } = decodeProtectedHeader(assertion);
    const { sub = "" } = decodeJwt(assertion);
    if (!uuidPattern.test(sub)) throw new Refused("its subject");
    return { clientId: sub, alg, kid };
  } catch (cause) {
    throw new Refused("not JSON", { cause });
  }
}

/** 128 bits of a hash: as good as unique, and as long whatever the client calls its assertions. */
function useId(clientId: string, jti: string): string {
  const hex = bytesToHex(sha256(utf8ToBytes(`client-assertion:${clientId}:${jti}`))).slice(0, 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
