import type { JWK } from "jose";
import type { z } from "zod";
import {
  checkHosts,
  checkLoopback,
  checkMetadataClaims,
  checkPages,
  checkProduction,
  checkSecrets,
  findPlaceholders,
  type HmacAlgorithm,
  isExactOrigin,
  isHmac,
} from "./config-checks.ts";
import { type MailConfig, parseMail } from "./config-mail.ts";
import { parsePasskey, type RelyingParty } from "./config-passkey.ts";
import { describeSettings, type Setting } from "./config-settings.ts";
import { parseTheme } from "./config-theme.ts";
import { type Variables, variables } from "./config-variables.ts";
import { decodeBase64 } from "./lib/base64.ts";
import { parseEmailAddress } from "./lib/email-address.ts";
import { type Cidr, parseCidr } from "./lib/network.ts";
import { algorithmOf, parseSigningKeys } from "./lib/signing-jwk.ts";

const day = 86_400;
const quarterHour = 900;

export type Limit = { readonly max: number; readonly windowSeconds: number };
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
    Object.keys(variables.shape).flatMap((name) => {
      const value = raw[name];
      return value === undefined || value === null || value === "" ? [] : [[name, String(value)]];
    }),
  );
  const { env, findings } = parseVariables(given);
  const production = (env.ENVIRONMENT ?? "production") === "production";
  findings.push(...findPlaceholders(given), ...checkHosts(env), ...checkSecrets(env));
  findings.push(...(production ? checkProduction(raw) : checkLoopback(env)));
  const signing = parseSigning(env, findings);
  const trustedProxies = list(env.TRUSTED_PROXIES).map((text) => parseCidr(text));
  if (trustedProxies.includes(undefined)) findings.push("TRUSTED_PROXIES: must be CIDRs");
  const mail = parseMail(env, findings);
  const corsOrigins = list(env.CORS_ORIGINS);
  if (!corsOrigins.every(isExactOrigin)) {
    findings.push("CORS_ORIGINS: must be exact origins, like https://app.example.com");
  }
  findings.push(...checkPages(env));
  const theme = parseTheme(env.THEME, findings);
  const passkey = parsePasskey(env, list(env.PASSKEY_ORIGINS), findings);
  const signupDomains = list(env.SIGNUP_DOMAINS).map(
    (domain) => parseEmailAddress(`any@${domain}`, { allowLocalhost: true })?.key.split("@")[1],
  );
  if (signupDomains.includes(undefined)) findings.push("SIGNUP_DOMAINS: must be domains");
  const metadataClaims = list(env.ACCESS_TOKEN_METADATA_CLAIMS);
  findings.push(...checkMetadataClaims(metadataClaims));
  if (findings.length > 0 || !signing) throw new ConfigError([...new Set(findings)]);
  return freeze(env as Variables, {
    signing,
    mail,
    corsOrigins,
    passkey,
    theme,
    signupDomains: signupDomains as string[],
    trustedProxies: trustedProxies as Cidr[],
    metadataClaims,
    settings: describeSettings(given, env),
  });
}

type Parsed = {
  signing: AccessTokenSigning;
  mail: MailConfig | undefined;
  corsOrigins: string[];
  passkey: RelyingParty;
  theme: string;
  signupDomains: string[];
  trustedProxies: Cidr[];
  metadataClaims: string[];
  settings: readonly Setting[];
};

function freeze(
  env: Variables,
  {
    signing,
    mail,
    corsOrigins,
    passkey,
    theme,
    signupDomains,
    trustedProxies,
    metadataClaims,
    settings,
  }: Parsed,
) {
  const life = env.JWT_REFRESH_TOKEN_EXPIRE_DAYS * day;
  return Object.freeze({
    environment: env.ENVIRONMENT,
    issuer: env.ISSUER,
    /** The base of every link: ISSUER without a trailing slash. */
    publicUrl: env.ISSUER.replace(/\/+$/, ""),
    audience: env.AUDIENCE ?? env.ISSUER,
    clientId: env.CLIENT_ID,
    host: env.HOST,
    port: env.PORT,
    commit: env.COMMIT,
    databaseUrl: env.DATABASE_URL,
    neonHttpEndpoint: env.NEON_HTTP_ENDPOINT,
    accessToken: {
      signing,
      ttlSeconds: env.JWT_ACCESS_TOKEN_EXPIRE_MINUTES * 60,
      roles: env.ACCESS_TOKEN_CLAIMS.includes("roles"),
      scope: env.ACCESS_TOKEN_CLAIMS.includes("scope"),
      /** Keys of `app_metadata` that become claims. */
      metadataClaims,
    },
    refreshToken: {
      secret: { current: env.REFRESH_TOKEN_SECRET_KEY, previous: env.REFRESH_TOKEN_SECRET_KEY_PREVIOUS },
      idleSeconds: Math.min(life, env.SESSION_MAX_DAYS * day),
      maxSeconds: env.SESSION_MAX_DAYS * day,
      graceSeconds: env.REFRESH_GRACE_SECONDS,
    },
    dataEncryptionKey: {
      current: decodeBase64(env.DATA_ENCRYPTION_KEY) ?? new Uint8Array(),
      previous: decodeBase64(env.DATA_ENCRYPTION_KEY_PREVIOUS),
    },
    passwordPolicy: env.PASSWORD_POLICY,
    passwordHashConcurrency: env.PASSWORD_HASH_CONCURRENCY,
    scryptLn: env.PASSWORD_SCRYPT_LN ?? 14,
    trustedDeviceSeconds: env.TRUSTED_DEVICE_DAYS * day,
    throttle: env.THROTTLE !== "off",
    limits: {
      loginAccountNetwork: { max: env.THROTTLE_LOGIN_ACCOUNT_NETWORK, windowSeconds: quarterHour },
      loginNetwork: { max: env.THROTTLE_LOGIN_NETWORK, windowSeconds: quarterHour },
      loginAccount: { max: env.THROTTLE_LOGIN_ACCOUNT, windowSeconds: day },
      signupNetwork: { max: env.THROTTLE_SIGNUP_NETWORK, windowSeconds: 3600 },
      mailRecipient: { max: env.THROTTLE_MAIL_RECIPIENT, windowSeconds: quarterHour },
      mailRecipientDay: { max: Math.ceil((env.THROTTLE_MAIL_RECIPIENT * 10) / 3), windowSeconds: day },
    },
    emailVerification: env.EMAIL_VERIFICATION,
    signup: env.SIGNUP,
    /** A-labels in lower case; empty: any. */
    signupDomains,
    breachCheck: env.PASSWORD_BREACH_CHECK,
    turnstileSecretKey: env.TURNSTILE_SECRET_KEY,
    attackTargetToken: env.ATTACK_TARGET_TOKEN,
    /** Undefined: no mail leaves, and the routes that need it are not there. */
    mail,
    impersonationNotice: env.IMPERSONATION_NOTICE,
    /** 0 keeps all. */
    auditRetentionDays: env.AUDIT_RETENTION_DAYS,
    corsOrigins,
    passkey,
    /** What people are shown. `theme` is of CSS declarations that may stand in a style element. */
    product: { name: env.PRODUCT_NAME, logo: env.PRODUCT_LOGO, theme },
    trustedProxies,
    /** What there is to set, for operators to read. */
    settings,
    clockOffsetSeconds: env.CLOCK_OFFSET_SECONDS ?? 0,
  });
}

export type Config = ReturnType<typeof parseConfig>;

function list(text: string | undefined): string[] {
  return (text ?? "").split(",").flatMap((part) => part.trim() || []);
}

/** Each variable by itself, so that one start shows everything there is to fix. */
function parseVariables(given: Record<string, string>): { env: Partial<Variables>; findings: string[] } {
  const findings: string[] = [];
  const env: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries<z.ZodType>(variables.shape)) {
    const parsed = schema.safeParse(given[name]);
    if (parsed.success) env[name] = parsed.data;
    else findings.push(`${name}: ${name in given ? parsed.error.issues[0]?.message : "is missing"}`);
  }
  return { env: env as Partial<Variables>, findings };
}

function parseSigning(env: Partial<Variables>, findings: string[]): AccessTokenSigning | undefined {
  const alg = env.JWT_ALGORITHM;
  if (alg === undefined) return undefined;
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
    findings.push(
      `ACCESS_TOKEN_SIGNING_KEYS: must be a private JWK set, each key for signing, with one for ${alg}`,
    );
    return undefined;
  }
  return { alg, jwks };
}
