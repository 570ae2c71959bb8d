import { outsideProduction, type Variables } from "./config-variables.ts";
import { decodeBase64 } from "./lib/base64.ts";
import { isLoopbackHost } from "./lib/network.ts";
import { isLowEntropy } from "./lib/secret-strength.ts";

const placeholders = ["your_access_token_secret", "your_refresh_token_secret", "user:password@localhost"];
const secretBytes = { HS256: 32, HS384: 48, HS512: 64 } as const;

export type HmacAlgorithm = keyof typeof secretBytes;

type Env = Partial<Variables>;

export function isHmac(alg: Variables["JWT_ALGORITHM"]): alg is HmacAlgorithm {
  return alg in secretBytes;
}

export function isExactOrigin(text: string): boolean {
  return !text.includes("*") && URL.canParse(text) && new URL(text).origin === text;
}

export function findPlaceholders(given: Record<string, string>): string[] {
  return Object.entries(given).flatMap(([name, value]) =>
    placeholders.some((known) => value.includes(known))
      ? [`${name}: is a placeholder from an example; set your own`]
      : [],
  );
}

function parseUrl(text: string | undefined): URL | undefined {
  return text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
}

export function checkHosts(env: Env): string[] {
  const findings: string[] = [];
  const issuer = parseUrl(env.ISSUER);
  if (env.ISSUER !== undefined) {
    if (!issuer || !/^https?:$/.test(issuer.protocol) || issuer.search || issuer.hash || issuer.username) {
      findings.push("ISSUER: must be an http or https URL without credentials, query or fragment");
    } else if (issuer.protocol === "http:" && !isLoopbackHost(issuer.hostname)) {
      findings.push("ISSUER: must be https unless its host is loopback");
    }
  }
  if (
    env.DATABASE_URL !== undefined &&
    !/^postgres(ql)?:$/.test(parseUrl(env.DATABASE_URL)?.protocol ?? "")
  ) {
    findings.push("DATABASE_URL: must be a postgresql:// URL");
  }
  if (env.NEON_HTTP_ENDPOINT !== undefined) {
    const endpoint = parseUrl(env.NEON_HTTP_ENDPOINT);
    // The connection string, password and all, travels in a header of every request.
    if (!endpoint || (endpoint.protocol !== "https:" && !isLoopbackHost(endpoint.hostname))) {
      findings.push("NEON_HTTP_ENDPOINT: must be an https URL, or http on loopback");
    }
  }
  return findings;
}

/** What would weaken a production service. */
export function checkProduction(raw: Readonly<Record<string, unknown>>): string[] {
  const present = outsideProduction.filter((name) => raw[name] !== undefined && raw[name] !== null);
  const findings = present.map((name) => `${name}: is not allowed in production`);
  if (raw.MAIL_TRANSPORT === "mailbox") findings.push("MAIL_TRANSPORT: mailbox is not allowed in production");
  return findings;
}

/** Development and test weaken the service, so they run on this machine alone. */
export function checkLoopback(env: Env): string[] {
  const database = parseUrl(env.DATABASE_URL);
  const urls = [parseUrl(env.ISSUER), database, parseUrl(env.NEON_HTTP_ENDPOINT)];
  // The drivers let a parameter overrule the host of the URL.
  const overruled = ["host", "hostaddr"].some((name) => database?.searchParams.has(name));
  const local = urls.every((url) => !url || isLoopbackHost(url.hostname));
  if (local && !overruled) return [];
  return [
    `ENVIRONMENT: ${env.ENVIRONMENT} is refused unless the hosts of ISSUER and DATABASE_URL are loopback`,
  ];
}

export function checkSecrets(env: Env): string[] {
  const findings: string[] = [];
  const check = (name: keyof Variables, least: number) => {
    const secret = env[name];
    if (typeof secret !== "string") return;
    if (new TextEncoder().encode(secret).length < least)
      findings.push(`${name}: needs at least ${least} bytes`);
    else if (isLowEntropy(secret)) findings.push(`${name}: is too easily guessed; draw it at random`);
  };
  check("REFRESH_TOKEN_SECRET_KEY", 32);
  check("REFRESH_TOKEN_SECRET_KEY_PREVIOUS", 32);
  if (env.JWT_ALGORITHM && isHmac(env.JWT_ALGORITHM)) {
    check("ACCESS_TOKEN_SECRET_KEY", secretBytes[env.JWT_ALGORITHM]);
    check("ACCESS_TOKEN_SECRET_KEY_PREVIOUS", secretBytes[env.JWT_ALGORITHM]);
    if (env.ACCESS_TOKEN_SECRET_KEY && env.ACCESS_TOKEN_SECRET_KEY === env.REFRESH_TOKEN_SECRET_KEY) {
      findings.push("REFRESH_TOKEN_SECRET_KEY: must differ from ACCESS_TOKEN_SECRET_KEY");
    }
  }
  for (const name of ["DATA_ENCRYPTION_KEY", "DATA_ENCRYPTION_KEY_PREVIOUS"] as const) {
    if (env[name] === undefined) continue;
    const root = decodeBase64(env[name]);
    if (!root) findings.push(`${name}: must be base64 of 32 bytes`);
    else if (isLowEntropy(String.fromCharCode(...root))) {
      findings.push(`${name}: is too easily guessed; draw it at random`);
    }
  }
  return findings;
}

/** Claims that say who a token is for and what it is: nothing an operator stores may pass for one. */
const ownClaims =
  "iss sub aud exp nbf iat jti client_id sid auth_time acr amr azp cnf act may_act nonce typ gty roles scope epoch";
const mostMetadataClaims = 10;

export function checkMetadataClaims(keys: readonly string[]): string[] {
  const name = "ACCESS_TOKEN_METADATA_CLAIMS";
  const isUsable = (key: string) => /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/.test(key);
  const taken = keys.filter((key) => ownClaims.split(" ").includes(key));
  return [
    ...(keys.length > mostMetadataClaims ? [`${name}: must be ${mostMetadataClaims} keys at most`] : []),
    ...(keys.every(isUsable) ? [] : [`${name}: must be keys of letters, digits and _ . : -`]),
    ...(taken.length > 0 ? [`${name}: must not name a claim of the service itself`] : []),
  ];
}

/** The client that sessions of pages are of: no refresh token is ever theirs. */
export const pagesClientId = "pages";

export function checkPages({ CLIENT_ID, PRODUCT_LOGO }: Env): string[] {
  const findings: string[] = [];
  if (CLIENT_ID === pagesClientId) findings.push(`CLIENT_ID: ${pagesClientId} is the pages' own`);
  if (
    PRODUCT_LOGO !== undefined &&
    !/^(\/(?!\/)[\w./-]+|data:image\/[\w+.-]+[;,][\w+/=%;,.-]+)$/.test(PRODUCT_LOGO)
  ) {
    findings.push("PRODUCT_LOGO: must be a path on this origin, or a data:image/ URL");
  }
  return findings;
}
