import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../src/config.ts";
import { parseTheme } from "../src/config-theme.ts";
import { testEnvironment } from "./support/environment.ts";
import { anyText, nearly } from "./support/texts.ts";

const database = { DATABASE_URL: "postgresql://app:x@127.0.0.1:5432/app" };
const { ENVIRONMENT: _, PASSWORD_SCRYPT_LN: __, MAIL_TRANSPORT: ___, ...secrets } = testEnvironment(database);
const production: Record<string, string> = {
  ...secrets,
  ISSUER: "https://auth.example.com",
  DATABASE_URL: "postgresql://app:x@ep-1.eu.neon.tech/app",
};

function findings(raw: Record<string, unknown>): readonly string[] {
  try {
    parseConfig(raw);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.findings;
    throw error;
  }
}

const named = (raw: Record<string, unknown>) => findings(raw).map((line) => line.split(":", 1)[0]);

describe("what pages look like", () => {
  it("takes CSS variables of ours, and a logo of this origin", () => {
    const looks = {
      THEME: "--accent: light-dark(#0f766e, #5eead4); --radius: 2px;",
      PRODUCT_LOGO: "/assets/logo.svg",
    };
    expect(parseConfig({ ...production, ...looks }).product).toEqual({
      name: "Gatehouse",
      logo: "/assets/logo.svg",
      theme: "--accent: light-dark(#0f766e, #5eead4);--radius: 2px",
    });
  });

  it.each([
    "--accent: red} body{display:none",
    "--accent: </style><script>",
    "--accent: url(https://evil.example)",
    "--accent: image-set('x')",
    "--accent: red/*",
    "--other: red",
    "color: red",
    "--accent",
  ])("refuses %j as a theme", (theme) => {
    expect(named({ ...production, THEME: theme })).toEqual(["THEME"]);
  });

  it("has of a theme what it accepts, twice the same, and nothing that leaves its declarations", () => {
    const value = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9#.,%()'" +*/-]{1,40}$/),
      fc.stringMatching(/^[a-z ]{1,9}[{}<>\\&@!][a-z ]{1,9}$/),
    );
    const declaration = fc.tuple(fc.constantFrom("--accent", "--font", "--radius", "--other"), value);
    const theme = fc
      .array(
        declaration.map((both) => both.join(": ")),
        { maxLength: 4 },
      )
      .map((all) => all.join(";"));
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(anyText, theme, nearly(theme)), (text) => {
        const found: string[] = [];
        const css = parseTheme(text, found);
        if (css === "") return;
        accepted++;
        expect([found, parseTheme(css, found)]).toEqual([[], css]);
        expect(css).toMatch(/^(--[a-z-]+\s*:[^;{}<>\\&@!]+(;|$))+$/);
        expect(css).not.toMatch(/url|image|\/\*/i);
      }),
      { numRuns: 5000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it.each([
    "https://cdn.example/logo.svg",
    "//cdn.example/logo.svg",
    "javascript:alert(1)",
    'data:image/svg+xml,<svg onload="x">',
  ])("refuses %j as a logo", (logo) => {
    expect(named({ ...production, PRODUCT_LOGO: logo })).toEqual(["PRODUCT_LOGO"]);
  });

  it("keeps the client of pages to pages", () => {
    expect(named({ ...production, CLIENT_ID: "pages" })).toEqual(["CLIENT_ID"]);
  });
});

describe("parseConfig", () => {
  it("takes a good environment, with the defaults of the contract", () => {
    const config = parseConfig(production);
    expect(config).toMatchObject({
      environment: "production",
      audience: "https://auth.example.com",
      clientId: "gatehouse",
      port: 8787,
      accessToken: { ttlSeconds: 1800, signing: { alg: "ES256" } },
      refreshToken: { idleSeconds: 7 * 86_400, maxSeconds: 90 * 86_400, graceSeconds: 30 },
      scryptLn: 14,
      throttle: true,
      passwordPolicy: "complexity",
      clockOffsetSeconds: 0,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("has passkeys made for the issuer's host and used on its origin, unless told otherwise", () => {
    const party = (more: Record<string, string>) => parseConfig({ ...production, ...more }).passkey;
    expect(party({})).toEqual({ id: "auth.example.com", origins: ["https://auth.example.com"] });
    const origins = "https://app.example.com, https://example.org,http://localhost:3000";
    expect(party({ PASSKEY_RP_ID: "example.com", PASSKEY_ORIGINS: origins })).toEqual({
      id: "example.com",
      origins: ["https://app.example.com", "https://example.org", "http://localhost:3000"],
    });
  });

  it("names everything that is missing at once", () => {
    expect(named({})).toEqual(
      expect.arrayContaining(["ISSUER", "DATABASE_URL", "REFRESH_TOKEN_SECRET_KEY", "DATA_ENCRYPTION_KEY"]),
    );
    expect(named({})).toContain("ACCESS_TOKEN_SIGNING_KEYS");
    const bad = {
      ...production,
      PORT: "x",
      ISSUER: "nowhere",
      REFRESH_TOKEN_SECRET_KEY: "short",
      THROTTLE: "off",
    };
    expect([...named(bad)].sort()).toEqual(["ISSUER", "PORT", "REFRESH_TOKEN_SECRET_KEY", "THROTTLE"]);
    expect(named({ ...production, ACCESS_TOKEN_SIGNING_KEYS: "" })).toEqual(["ACCESS_TOKEN_SIGNING_KEYS"]);
    expect(named({ ...production, JWT_ALGORITHM: "HS256" })).toEqual(["ACCESS_TOKEN_SECRET_KEY"]);
  });

  it("refuses a mail transport that is half configured, and what cannot do without one", () => {
    expect(named({ ...production, EMAIL_VERIFICATION: "required" })).toEqual(["EMAIL_VERIFICATION"]);
    expect(named({ ...production, SIGNUP: "invite" })).toEqual(["SIGNUP"]);
    expect(named({ ...production, MAIL_TRANSPORT: "mailbox" })).toEqual(["MAIL_TRANSPORT"]);
    const resend = { ...production, MAIL_TRANSPORT: "resend" };
    expect(named(resend)).toEqual(["MAIL_RESEND_API_KEY", "MAIL_FROM"]);
    const complete = { ...resend, MAIL_RESEND_API_KEY: "re_1", MAIL_FROM: "Example <no-reply@example.com>" };
    expect(named(complete)).toEqual([]);
    expect(named({ ...complete, MAIL_FROM: "a@example.com, b@example.com" })).toEqual(["MAIL_FROM"]);
    const smtp = { ...complete, MAIL_TRANSPORT: "smtp" };
    expect(named({ ...smtp, MAIL_SMTP_URL: "https://mail.example.com" })).toEqual(["MAIL_SMTP_URL"]);
    expect(named({ ...smtp, MAIL_SMTP_URL: "smtps://a:b@mail.example.com:465" })).toEqual([]);
    expect(named({ ...production, MAIL_FROM: "nobody" })).toEqual(["MAIL_FROM"]);
  });

  it.each([
    ["REFRESH_TOKEN_SECRET_KEY", "short"],
    ["REFRESH_TOKEN_SECRET_KEY", "a".repeat(64)],
    ["REFRESH_TOKEN_SECRET_KEY", "your_refresh_token_secret"],
    ["REFRESH_TOKEN_SECRET_KEY", "your_refresh_token_secret_which_has_been_made_longer"],
    ["REFRESH_TOKEN_SECRET_KEY_PREVIOUS", "changemechangemechangemechangeme"],
    ["DATA_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],
    ["DATA_ENCRYPTION_KEY", "not base64"],
    ["DATABASE_URL", "postgresql://user:password@localhost:5432/db"],
    ["DATABASE_URL", "mysql://a:b@c/d"],
    ["ISSUER", "http://auth.example.com"],
    ["ISSUER", "auth.example.com"],
    ["ISSUER", "https://auth.example.com/?x=1"],
    ["JWT_ALGORITHM", "none"],
    ["JWT_ALGORITHM", "hs256"],
    ["JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "0"],
    ["JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "30m"],
    ["REFRESH_GRACE_SECONDS", "61"],
    ["CORS_ORIGINS", "*"],
    ["CORS_ORIGINS", "https://*.example.com"],
    ["PASSKEY_RP_ID", "https://example.com"],
    ["PASSKEY_RP_ID", "example.com:8443"],
    ["PASSKEY_RP_ID", "192.0.2.1"],
    ["PASSKEY_RP_ID", "Example.com"],
    ["PASSKEY_ORIGINS", "*"],
    ["PASSKEY_ORIGINS", "http://app.example.com"],
    ["PASSKEY_ORIGINS", "https://app.example.com/"],
    ["PASSKEY_ORIGINS", "https://app.example.com,ftp://example.com"],
    ["DATA_ENCRYPTION_KEY_PREVIOUS", "short"],
    ["NEON_HTTP_ENDPOINT", "http://db.example.com/sql"],
    [
      "ACCESS_TOKEN_SIGNING_KEYS",
      production.ACCESS_TOKEN_SIGNING_KEYS?.replace(/"kid":"[^"]+"/, '"kid":1') ?? "",
    ],
    ["SIGNUP", "closing"],
    ["SIGNUP_DOMAINS", "example.com example.org"],
    ["MAIL_TRANSPORT", "pigeon"],
    ["MAIL_ACCENT_COLOR", "red; x"],
    ["CORS_ORIGINS", "https://app.example.com/"],
    ["TRUSTED_PROXIES", "10.0.0.1/33"],
    ["ACCESS_TOKEN_SIGNING_KEYS", "{}"],
    ["ACCESS_TOKEN_SIGNING_KEYS", '{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b"}]}'],
    ["ACCESS_TOKEN_SIGNING_KEYS", '{"keys":[null]}'],
    ["ENVIRONMENT", "staging"],
    ["PASSWORD_POLICY", "none"],
    ["CLOCK_OFFSET_SECONDS", "60"],
    ["PASSWORD_SCRYPT_LN", "10"],
    ["THROTTLE", "off"],
    ["THROTTLE", ""],
  ])("refuses %s = %j in production, naming it and not its value", (name, value) => {
    const found = findings({ ...production, [name]: value });
    expect(found.map((line) => line.split(":", 1)[0])).toContain(name);
    if (value.length > 6) expect(found.join("\n")).not.toContain(value);
  });

  it("takes bindings that are numbers, and 0 for what it is", () => {
    expect(parseConfig({ ...production, REFRESH_GRACE_SECONDS: 0 }).refreshToken.graceSeconds).toBe(0);
    expect(parseConfig({ ...production, PORT: 8080 }).port).toBe(8080);
  });

  it("keeps ISSUER to the letter in tokens, and cuts its trailing slash for links", () => {
    const config = parseConfig({ ...production, ISSUER: "https://auth.example.com/" });
    expect([config.issuer, config.publicUrl]).toEqual([
      "https://auth.example.com/",
      "https://auth.example.com",
    ]);
  });

  it("wants longer secrets for longer HMACs, and not one secret for two purposes", () => {
    const secret = String(production.REFRESH_TOKEN_SECRET_KEY);
    const hs = { ...production, ACCESS_TOKEN_SECRET_KEY: `${secret.slice(0, 39)}-other` };
    expect(named({ ...hs, JWT_ALGORITHM: "HS256" })).toEqual([]);
    expect(named({ ...hs, JWT_ALGORITHM: "HS512" })).toEqual(["ACCESS_TOKEN_SECRET_KEY"]);
    expect(named({ ...hs, JWT_ALGORITHM: "HS256", ACCESS_TOKEN_SECRET_KEY: secret })).toEqual([
      "REFRESH_TOKEN_SECRET_KEY",
    ]);
  });

  it.each(["development", "test"])("allows %s on loopback alone", (environment) => {
    const local = { ...secrets, ENVIRONMENT: environment, ISSUER: "http://localhost:8787" };
    expect(named({ ...local, THROTTLE: "off", CLOCK_OFFSET_SECONDS: "-5" })).toEqual([]);
    expect(named({ ...local, ISSUER: "https://auth.example.com" })).toEqual(["ENVIRONMENT"]);
    expect(named({ ...local, DATABASE_URL: production.DATABASE_URL })).toEqual(["ENVIRONMENT"]);
    const overruled = `${database.DATABASE_URL}?host=db.example.com`;
    expect(named({ ...local, DATABASE_URL: overruled })).toEqual(["ENVIRONMENT"]);
    expect(named({ ...local, NEON_HTTP_ENDPOINT: "https://db.example.com/sql" })).toEqual(["ENVIRONMENT"]);
  });

  it("refuses .dev.vars.example as it stands: a deploy button copies it", () => {
    const example = parseEnv(readFileSync(".dev.vars.example", "utf8"));
    expect(findings(example).length).toBeGreaterThan(0);
    expect(findings({ ...example, ENVIRONMENT: "production" }).length).toBeGreaterThan(0);
    const secret = /SECRET|KEY/;
    for (const [name, value] of Object.entries(example)) {
      if (secret.test(name)) expect([name, value]).toEqual([name, ""]);
    }
  });
});
