import { z } from "zod";

const text = () => z.string().min(1);
const optional = (about: string) => text().optional().describe(about);
const choice = <const T extends readonly [string, ...string[]]>(values: T, about: string) =>
  z.enum(values).describe(about);
const whole = (about: string, min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d{1,9}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .describe(about);

const thousand = 1_000_000;

/** Every variable the service reads. The README's configuration table is made from this object. */
export const variables = z.object({
  ENVIRONMENT: choice(
    ["production", "development", "test"],
    "`development` and `test` are refused unless the hosts of `ISSUER` and `DATABASE_URL` are loopback.",
  ).default("production"),
  ISSUER: text().describe(
    "Public URL of the service: the `iss` of every token and the base of every link. https, unless its host is loopback.",
  ),
  AUDIENCE: optional("`aud` of access tokens. `ISSUER` when unset."),
  CLIENT_ID: text().describe("`client_id` of sessions that name no other client.").default("gatehouse"),
  HOST: text()
    .describe("Address that Node and Deno listen on. A container wants `0.0.0.0`.")
    .default("127.0.0.1"),
  PORT: whole("Port that Node and Deno listen on.", 0, 65_535).default(8787),
  COMMIT: text().describe("Shown by `/version`.").default("unknown"),
  DATABASE_URL: text().describe("PostgreSQL connection string. `*.neon.tech` is reached over HTTP."),
  DATABASE_URL_UNPOOLED: optional("Used by migrations where `DATABASE_URL` goes through a pooler."),
  NEON_HTTP_ENDPOINT: optional("A SQL-over-HTTP endpoint in Neon's protocol, in front of any PostgreSQL."),
  JWT_ALGORITHM: choice(
    ["ES256", "RS256", "PS256", "EdDSA", "HS256", "HS384", "HS512"],
    "How access tokens are signed.",
  ).default("ES256"),
  ACCESS_TOKEN_SIGNING_KEYS: optional(
    "Private JWK set, for `ES256 RS256 PS256 EdDSA`. The first key of that algorithm signs, all verify.",
  ),
  ACCESS_TOKEN_SECRET_KEY: optional(
    "Shared secret, for `HS256` (32 bytes or more), `HS384` (48), `HS512` (64).",
  ),
  ACCESS_TOKEN_SECRET_KEY_PREVIOUS: optional("Still verifies during a rotation."),
  ACCESS_TOKEN_CLAIMS: choice(
    ["roles,scope", "roles", "scope", "none"],
    "Which of `roles` and `scope` (the permissions) access tokens carry. Our own routes ask the database.",
  ).default("roles,scope"),
  ACCESS_TOKEN_METADATA_CLAIMS: optional(
    "Up to ten keys of `app_metadata` that become claims of access tokens, separated by commas. A value of more than 256 bytes of JSON is left out, and all are of tokens to act as a user.",
  ),
  REFRESH_TOKEN_SECRET_KEY: text().describe("Signs refresh tokens. 32 bytes or more."),
  REFRESH_TOKEN_SECRET_KEY_PREVIOUS: optional("Still verifies during a rotation."),
  DATA_ENCRYPTION_KEY: text().describe("base64 of 32 bytes: the root of every key only the service uses."),
  DATA_ENCRYPTION_KEY_PREVIOUS: optional("Still reads what it wrote during a rotation."),
  JWT_ACCESS_TOKEN_EXPIRE_MINUTES: whole("Life of an access token.", 1, 43_200).default(30),
  JWT_REFRESH_TOKEN_EXPIRE_DAYS: whole(
    "Life of a session without a refresh; each refresh extends it.",
    1,
    365,
  ).default(7),
  SESSION_MAX_DAYS: whole("Life of a session however often it is refreshed.", 1, 3650).default(90),
  REFRESH_GRACE_SECONDS: whole(
    "How long the previous refresh token still yields the same successor, for a client that lost the reply.",
    0,
    60,
  ).default(30),
  PASSWORD_POLICY: choice(
    ["complexity", "nist"],
    "`complexity`: 8 characters with upper, lower, digit and another, classes waived from 15. `nist`: 15 characters, no classes. Neither takes a common password, or one with a word of the address, the name or the service in it (SECURITY.md).",
  ).default("complexity"),
  PASSWORD_HASH_CONCURRENCY: whole(
    "Hashes at a time. 2 on Workers and the cores elsewhere when unset.",
    1,
    256,
  ).optional(),
  TRUSTED_DEVICE_DAYS: whole(
    "How long a device that the user trusts is not asked for the second factor again; 30 is usual, 0 trusts none.",
    0,
    90,
  ).default(0),
  THROTTLE_LOGIN_ACCOUNT_NETWORK: whole(
    "Attempts on one account from one network in 15 minutes.",
    1,
    thousand,
  ).default(10),
  THROTTLE_LOGIN_NETWORK: whole(
    "Attempts from one network in 15 minutes; as many requests for mail, counted apart.",
    1,
    thousand,
  ).default(100),
  THROTTLE_LOGIN_ACCOUNT: whole(
    "Attempts on one account in 24 hours, from networks it has no session on.",
    1,
    thousand,
  ).default(100),
  THROTTLE_SIGNUP_NETWORK: whole("Sign-ups from one network in 1 hour.", 1, thousand).default(20),
  THROTTLE_MAIL_RECIPIENT: whole(
    "Mails one address can be sent on request in 15 minutes, resets counted apart. Ten for each three of them in 24 hours.",
    1,
    thousand,
  ).default(3),
  EMAIL_VERIFICATION: choice(
    ["optional", "required"],
    "`required`: signing up makes an account only once its address is verified, and an unverified one cannot sign in.",
  ).default("optional"),
  SIGNUP: choice(
    ["open", "invite", "closed"],
    "Who may sign up: anyone, who was invited by mail, or nobody.",
  ).default("open"),
  SIGNUP_DOMAINS: optional(
    "Domains whose addresses may sign up, separated by commas; any when unset. An invitation counts for more. Who has an address is known only with `EMAIL_VERIFICATION=required`.",
  ),
  PASSWORD_BREACH_CHECK: choice(
    ["off", "hibp"],
    "`hibp`: a new password is looked up in Have I Been Pwned by five characters of its hash. Fails open.",
  ).default("off"),
  TURNSTILE_SECRET_KEY: optional(
    "Cloudflare Turnstile: sign-up, login and forgot then need a token in the header `X-Turnstile-Response`.",
  ),
  ATTACK_TARGET_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,200}$/, "must be 16 to 200 printable characters without a space")
    .optional()
    .describe(
      "Agrees to be attacked by `npm run attack`, which is given the same. Not secret, and opens nothing.",
    ),
  MAIL_TRANSPORT: choice(
    ["none", "cloudflare", "resend", "postmark", "smtp", "mailbox"],
    "How mail leaves. With `none` the routes that need mail are 404. `mailbox`, outside production only, keeps it for `/dev/mail`.",
  ).default("none"),
  MAIL_FROM: optional(
    "Sender: `no-reply@example.com`, or `Example <no-reply@example.com>`. Required unless `MAIL_TRANSPORT` is `none` or `mailbox`.",
  ),
  MAIL_RESEND_API_KEY: optional("For `MAIL_TRANSPORT=resend`."),
  MAIL_POSTMARK_SERVER_TOKEN: optional("For `MAIL_TRANSPORT=postmark`."),
  MAIL_SMTP_URL: optional(
    "For `MAIL_TRANSPORT=smtp`: `smtps://user:password@host:465`, or `smtp://…:587`, which upgrades by STARTTLS.",
  ),
  PRODUCT_NAME: text().max(60).describe("What pages and mails call the service.").default("Gatehouse"),
  PRODUCT_LOGO: optional(
    "Picture on the pages: a path on this origin, like `/assets/logo.svg`, or a `data:image/…` URL.",
  ),
  THEME: optional(
    "CSS variables of the pages: `--accent: #0f766e; --radius: 2px`. `light-dark(…, …)` gives both schemes; the names are in `src/browser/theme.css`.",
  ),
  MAIL_ACCENT_COLOR: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, "must be a colour like #1d4ed8")
    .describe("Colour of the button in mails.")
    .default("#1d4ed8"),
  IMPERSONATION_NOTICE: choice(
    ["off", "mail"],
    "`mail`: a user is told when an operator acts as them. It is in the audit log either way.",
  ).default("off"),
  AUDIT_RETENTION_DAYS: whole(
    "Months of the audit log that ended longer ago are dropped once sealed. At least 30; 0 keeps all.",
    0,
    36_500,
  )
    .refine((days) => days === 0 || days >= 30, "must be 0, or 30 or more")
    .default(365),
  CORS_ORIGINS: optional("Exact origins that may call the API from a browser, separated by commas."),
  PASSKEY_RP_ID: optional(
    "Domain that passkeys are made for: theirs for good. The host of `ISSUER` when unset.",
  ),
  PASSKEY_ORIGINS: optional(
    "Exact origins of the pages that may use passkeys, separated by commas. The origin of `ISSUER` when unset.",
  ),
  TRUSTED_PROXIES: optional(
    "CIDRs of proxies whose `X-Forwarded-For` entries count, separated by commas. Not used on Workers.",
  ),
  CLOCK_OFFSET_SECONDS: whole(
    "Outside production only: added to every time.",
    -thousand * 200,
    thousand * 200,
  ).optional(),
  PASSWORD_SCRYPT_LN: whole("Outside production only: log2 of scrypt's N, 14 otherwise.", 10, 14).optional(),
  THROTTLE: choice(["off"], "Outside production only: no limits.").optional(),
});

export type Variables = z.output<typeof variables>;

/** Settings that would weaken a production service; their presence there is an error. */
export const outsideProduction = ["CLOCK_OFFSET_SECONDS", "PASSWORD_SCRYPT_LN", "THROTTLE"] as const;
