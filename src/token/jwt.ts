import { base64url, type JWTPayload } from "jose";
import type { NamedKey } from "./keys.ts";
import { openJws, readObject } from "./open-jws.ts";

const utf8 = new TextEncoder();

/** Of every token of ours. Times are Unix seconds; `typ` is the whole value of the header. */
export type JwtRules = {
  readonly typ: string;
  readonly issuer: string;
  readonly audience?: string | undefined;
  readonly now: Date;
  readonly required: readonly string[];
};

/** A JWT (RFC 7519) as a compact JWS. Claims that are undefined are left out. */
export async function signJwt(
  { kid, alg, signature }: NamedKey,
  typ: string,
  claims: JWTPayload,
): Promise<string> {
  const head = encode({ alg, kid, typ });
  const input = `${head}.${encode(claims)}`;
  return `${input}.${base64url.encode(await signature.sign(utf8.encode(input)))}`;
}

function encode(value: object): string {
  return base64url.encode(JSON.stringify(value));
}

/**
 * The claims of a JWT that one of `keys` signed, with `typ`, `iss`, `aud`, the times and what claims there must be checked (RFC
 * 8725 §3).
 * @throws Error that says what is wrong with it.
 */
export async function verifyJwt(
  keys: ReadonlyMap<string, NamedKey>,
  token: string,
  longest: number,
  rules: JwtRules,
): Promise<JWTPayload> {
  const opened = await openJws(keys, token, longest);
  if (!opened) throw new Error("it is none of ours");
  if (opened.header.typ !== rules.typ) throw new Error("its typ is another");
  const claims: JWTPayload | undefined = readObject(opened.payload);
  if (!claims) throw new Error("its claims are no object");
  checkClaims(claims, rules);
  return claims;
}

function checkClaims(claims: JWTPayload, { issuer, audience, now, required }: JwtRules): void {
  const seconds = Math.floor(now.getTime() / 1000);
  const missing = required.filter((name) => claims[name] === undefined);
  const { iss, aud, exp, nbf, iat } = claims;
  const isFor = (Array.isArray(aud) ? aud : [aud]).includes(audience);
  if (missing.length > 0) throw new Error(`it has no ${missing.join(", ")}`);
  if (iss !== issuer) throw new Error("its issuer is another");
  if (audience !== undefined && !isFor) throw new Error("its audience is another");
  for (const time of [exp, nbf, iat]) {
    if (time !== undefined && !Number.isFinite(time)) throw new Error("one of its times is no number");
  }
  if (exp !== undefined && exp <= seconds) throw new Error("it has expired");
  if (nbf !== undefined && nbf > seconds) throw new Error("its time has not come");
}
