import type { JWK } from "jose";
import { outsideProduction, type Variables, variables } from "./config-variables.ts";
import { type Cidr, isLoopbackHost, parseCidr } from "./lib/network.ts";
import { isLowEntropy } from "./lib/secret-strength.ts";
import { algorithmOf, parseSigningKeys } from "./lib/signing-jwk.ts";

const placeholders = ["your_access_token_secret", "your_refresh_token_secret"];
const secretBytes = { HS256: 32, HS384: 48, HS512: 64 } as const;
const day = 86_400;
const quarterHour = 900;

export type Limit = { readonly max: number; readonly windowSeconds: number };
export type HmacAlgorithm = keyof typeof secretBytes;
export type SignatureAlgorithm = "ES256" | "RS256" | "PS256" | "EdDSA";
export type Secret = { readonly current: string; readonly previous: string | undefined };
export type AccessTokenSigning =
  | { readonly alg: HmacAlgorithm; readonly secret: Secret }
  | { readonly alg: SignatureAlgorithm; readonly jwks: readonly JWK[] };

/** Names every variable that is wrong, never its value. */
export class ConfigError extends Error {
  override name = "ConfigError";
  readonly findings: readonly string[];

  constructor(findings: readonly string[]) {
    super(`The configuration is not usable:\n${findings.map((line) => `  ${line}`).join("\n")}`);
    this.findings = findings;
  }
}

/**
 * Parses the environment or the Worker's bindings into one frozen object.
 * An empty variable counts as unset; variables we do not know are ignored.
 * @throws {ConfigError} naming every bad variable at once.
 */
export function parseConfig(raw: Readonly<Record<string, unknown>>) {
  const given = Object.fromEntries(
    Object.keys(variables.shape).flatMap((name) => (raw[name] ? [[name, raw[name]]] : [])),
  );
  const parsed = variables.safeParse(given);
  if (!parsed.success) {
    const bad = parsed.error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      return `${name}: ${name in given ? message : "is missing"}`;
    });
    // What parsed is checked as well, so that one start shows everything there is to fix.
    throw new ConfigError([...bad, ...findPlaceholders(given)]);
  }
  const env = parsed.data;
  const findings = [...findPlaceholders(given), ...checkHosts(env), ...checkSecrets(env)];
  const signing = parseSigning(env, findings);
  const trustedProxies = list(env.TRUSTED_PROXIES).map((text) => parseCidr(text));
  if (trustedProxies.includes(undefined)) findings.push("TRUSTED_PROXIES: must be CIDRs");
  const corsOrigins = list(env.CORS_ORIGINS);
  if (!corsOrigins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin)) {
    findings.push("CORS_ORIGINS: must be exact origins, like https://app.example.com");
  }
  if (findings.length > 0 || !signing) throw new ConfigError(findings);

  return Object.freeze({
    environment: env.ENVIRONMENT,
    issuer: env.ISSUER.replace(/\/+$/, ""),
    audience: env.AUDIENCE ?? env.ISSUER.replace(/\/+$/, ""),
    clientId: env.CLIENT_ID,
    host: env.HOST,
    port: env.PORT,
    commit: env.COMMIT,
    databaseUrl: env.DATABASE_URL,
    neonHttpEndpoint: env.NEON_HTTP_ENDPOINT,
    accessToken: { signing, ttlSeconds: env.JWT_ACCESS_TOKEN_EXPIRE_MINUTES * 60 },
    refreshToken: {
      secret: { current: env.REFRESH_TOKEN_SECRET_KEY, previous: env.REFRESH_TOKEN_SECRET_KEY_PREVIOUS },
      idleSeconds: env.JWT_REFRESH_TOKEN_EXPIRE_DAYS * day,
      maxSeconds: env.SESSION_MAX_DAYS * day,
      graceSeconds: env.REFRESH_GRACE_SECONDS,
    },
    dataEncryptionKey: decodeBase64(env.DATA_ENCRYPTION_KEY) ?? new Uint8Array(),
    passwordPolicy: env.PASSWORD_POLICY,
    passwordHashConcurrency: env.PASSWORD_HASH_CONCURRENCY,
    scryptLn: env.PASSWORD_SCRYPT_LN ?? 14,
    throttle: env.THROTTLE !== "off",
    limits: {
      loginAccountNetwork: { max: env.THROTTLE_LOGIN_ACCOUNT_NETWORK, windowSeconds: quarterHour },
      loginNetwork: { max: env.THROTTLE_LOGIN_NETWORK, windowSeconds: quarterHour },
      loginAccount: { max: env.THROTTLE_LOGIN_ACCOUNT, windowSeconds: day },
      signupNetwork: { max: env.THROTTLE_SIGNUP_NETWORK, windowSeconds: 3600 },
    },
    corsOrigins,
    trustedProxies: trustedProxies as Cidr[],
    clockOffsetSeconds: env.CLOCK_OFFSET_SECONDS ?? 0,
  });
}

export type Config = ReturnType<typeof parseConfig>;

function list(text: string | undefined): string[] {
  return (text ?? "").split(",").flatMap((part) => part.trim() || []);
}

function decodeBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined;
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function findPlaceholders(given: Record<string, unknown>): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const text = String(value);
    const copied =
      placeholders.some((known) => text.includes(known)) || text.includes("user:password@localhost");
    return copied ? [`${name}: is a placeholder from an example; set your own`] : [];
  });
}

function checkHosts(env: Variables): string[] {
  const findings: string[] = [];
  const issuer = URL.canParse(env.ISSUER) ? new URL(env.ISSUER) : undefined;
  const database = URL.canParse(env.DATABASE_URL) ? new URL(env.DATABASE_URL) : undefined;
  if (!issuer || !/^https?:$/.test(issuer.protocol) || issuer.search || issuer.hash) {
    findings.push("ISSUER: must be an http or https URL without query or fragment");
  } else if (issuer.protocol === "http:" && !isLoopbackHost(issuer.hostname)) {
    findings.push("ISSUER: must be https unless its host is loopback");
  }
  if (!database || !/^postgres(ql)?:$/.test(database.protocol)) {
    findings.push("DATABASE_URL: must be a postgresql:// URL");
  }
  if (env.NEON_HTTP_ENDPOINT && !URL.canParse(env.NEON_HTTP_ENDPOINT)) {
    findings.push("NEON_HTTP_ENDPOINT: must be a URL");
  }
  if (env.ENVIRONMENT === "production") {
    for (const name of outsideProduction) {
      if (env[name] !== undefined) findings.push(`${name}: is not allowed in production`);
    }
  } else if (![issuer, database].every((url) => url && isLoopbackHost(url.hostname))) {
    findings.push(
      `ENVIRONMENT: ${env.ENVIRONMENT} is refused unless the hosts of ISSUER and DATABASE_URL are loopback`,
    );
  }
  return findings;
}

function checkSecrets(env: Variables): string[] {
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
  if (isHmac(env.JWT_ALGORITHM)) {
    check("ACCESS_TOKEN_SECRET_KEY", secretBytes[env.JWT_ALGORITHM]);
    check("ACCESS_TOKEN_SECRET_KEY_PREVIOUS", secretBytes[env.JWT_ALGORITHM]);
    if (env.ACCESS_TOKEN_SECRET_KEY === env.REFRESH_TOKEN_SECRET_KEY) {
      findings.push("REFRESH_TOKEN_SECRET_KEY: must differ from ACCESS_TOKEN_SECRET_KEY");
    }
  }
  const root = decodeBase64(env.DATA_ENCRYPTION_KEY);
  if (!root) findings.push("DATA_ENCRYPTION_KEY: must be base64 of 32 bytes");
  else if (new Set(root).size < 16)
    findings.push("DATA_ENCRYPTION_KEY: is too easily guessed; draw it at random");
  return findings;
}

function isHmac(alg: Variables["JWT_ALGORITHM"]): alg is HmacAlgorithm {
  return alg in secretBytes;
}

function parseSigning(env: Variables, findings: string[]): AccessTokenSigning | undefined {
  const alg = env.JWT_ALGORITHM;
  if (isHmac(alg)) {
    if (!env.ACCESS_TOKEN_SECRET_KEY) {
      findings.push(`ACCESS_TOKEN_SECRET_KEY: is missing, and ${alg} needs it`);
      return undefined;
    }
    const secret = { current: env.ACCESS_TOKEN_SECRET_KEY, previous: env.ACCESS_TOKEN_SECRET_KEY_PREVIOUS };
    return { alg, secret };
  }
  if (!env.ACCESS_TOKEN_SIGNING_KEYS) {
    findings.push(`ACCESS_TOKEN_SIGNING_KEYS: is missing, and ${alg} needs it`);
    return undefined;
  }
  const jwks = parseSigningKeys(env.ACCESS_TOKEN_SIGNING_KEYS, alg);
  if (!jwks?.some((jwk) => algorithmOf(jwk, alg) === alg)) {
    findings.push(`ACCESS_TOKEN_SIGNING_KEYS: must be a private JWK set with a key for ${alg}`);
    return undefined;
  }
  return { alg, jwks };
}
