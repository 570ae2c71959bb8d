import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import pg from "pg";
import type { Browser, BrowserContext } from "playwright-core";
import { systemClock, systemRandom } from "../src/adapters/system.ts";
import { parseConfig } from "../src/config.ts";
import { setupLink } from "../src/setup/setup-token.ts";
import { loadKeys } from "../src/token/keys.ts";
import { launchBrowser } from "../test/support/browser.ts";
import { copyAssets } from "./copy-assets.ts";
import { run } from "./environment.ts";
import { migrate } from "./migrations.ts";
import { freePort, startPostgres } from "./postgres.ts";
import { generateSecrets } from "./secrets.ts";

const out = "docs/screenshots";
const folder = `.gatehouse/screenshots-${process.pid}`;
const email = "ada.lovelace@example.com";

const wide = { width: 1280, height: 800 };
const phone = { width: 375, height: 800 };

type Shot = {
  name: string;
  path: string;
  scheme?: "dark";
  viewport?: typeof phone;
  /** What is pressed first, where it is there. */
  press?: string;
};

/** What a visitor sees, and what somebody signed in does. `:id` is a user's. */
const visitorShots: Shot[] = [
  { name: "login", path: "/login" },
  { name: "signup", path: "/signup", scheme: "dark", viewport: phone },
  { name: "dev-mail", path: "/dev/mail" },
];
const adminShots: Shot[] = [
  { name: "account-security", path: "/account/security" },
  { name: "sessions", path: "/account/sessions", scheme: "dark" },
  {
    name: "two-factor",
    path: "/account/two-factor",
    viewport: phone,
    press: 'main form[action^="/account/two-factor"] button',
  },
  { name: "admin-overview", path: "/admin" },
  { name: "admin-users", path: "/admin/users", scheme: "dark" },
  { name: "admin-user", path: "/admin/users/:id" },
  { name: "audit-log", path: "/admin/audit", scheme: "dark" },
];

type Stop = () => unknown;
const toStop: Stop[] = [];

/** Starts a script of ours, and answers when it has ended, or has printed `until`. */
function start(args: string[], env: Record<string, string>, until?: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((ready, failed) => {
    child.stdout.on("data", (chunk: Buffer) => until && String(chunk).includes(until) && ready(child));
    child.once("exit", (code) =>
      code === 0 ? ready(child) : failed(new Error(`${args.at(-1)} ended: ${code}`)),
    );
  });
}

async function startDatabase(): Promise<pg.Client> {
  const postgres = await startPostgres({
    folder,
    port: await freePort(),
    password: "screenshots",
    flags: ["fsync=off", "synchronous_commit=off"],
  });
  toStop.unshift(() => postgres.remove());
  await migrate(postgres.url("postgres"));
  const client = new pg.Client({ connectionString: postgres.url("postgres") });
  client.on("error", () => undefined);
  await client.connect();
  toStop.unshift(() => client.end());
  return client;
}

/** The first admin, made on the page with a passkey of a virtual authenticator. */
async function setUp(context: BrowserContext, link: string): Promise<void> {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto(link);
  await page.fill("[name=email]", email);
  await page.fill("[name=name]", "Ada Lovelace");
  await page.click("[data-with-passkey] button");
  await page.waitForSelector("#secret");
  await page.close();
}

/** A few devices of the admin's own: the sessions of others, once more. */
const lendSessions = `insert into auth.sessions (id, user_id, client_id, epoch, rotated_at, created_at, last_used_at,
    expires_at, amr, acr, auth_time, ip, network, user_agent, place)
  select gen_random_uuid(), a.id, s.client_id, a.security_epoch, s.rotated_at, s.created_at, s.last_used_at,
    now() + interval '5 days', '{pwd}', 'urn:gatehouse:acr:1', s.auth_time, s.ip, s.network, s.user_agent, s.place
  from auth.users a, (
    select distinct on (user_agent) * from auth.sessions where ended_at is null order by user_agent, created_at desc limit 4) s
  where a.email = $1`;

const findUser = `select u.id from auth.users u join auth.sessions s on s.user_id = u.id
  where u.has_totp and u.passkeys > 0 and u.status = 'active' group by u.id order by count(*) desc limit 1`;

async function take(
  browser: Browser,
  origin: string,
  shots: Shot[],
  cookies: BrowserContext | undefined,
  id: string,
) {
  for (const { name, path, scheme = "light", viewport = wide, press } of shots) {
    const state = await cookies?.storageState();
    const context = await browser.newContext({
      viewport,
      deviceScaleFactor: 1,
      colorScheme: scheme,
      locale: "en-GB",
      ...(state && { storageState: state }),
    });
    const page = await context.newPage();
    let reply = await page.goto(`${origin}${path.replace(":id", id)}`);
    if (press && (await page.locator(press).count()) > 0) {
      [reply] = await Promise.all([page.waitForNavigation(), page.locator(press).first().click()]);
    }
    const file = `${out}/${name}.png`;
    await page.screenshot({ path: file });
    await context.close();
    const size = Math.round(statSync(file).size / 1024);
    const { pathname } = new URL(page.url());
    console.log(
      `${file} ${viewport.width} px, ${scheme}, ${size} KB${reply?.ok() ? "" : `: ${reply?.status()} of ${pathname}`}`,
    );
    if (!reply?.ok()) process.exitCode = 1;
  }
}

async function main(): Promise<void> {
  mkdirSync(out, { recursive: true });
  copyAssets();
  const client = await startDatabase();
  const port = await freePort(8787);
  const origin = `http://localhost:${port}`;
  const env = {
    ENVIRONMENT: "development",
    MAIL_TRANSPORT: "mailbox",
    ...(await generateSecrets()),
    ISSUER: origin,
    HOST: "127.0.0.1",
    PORT: String(port),
    DATABASE_URL: `postgresql://gatehouse:screenshots@127.0.0.1:${client.port}/postgres`,
  };
  await start(["scripts/seed.ts"], env);
  const service = await start(["--import", "tsx", "src/runtime/node.ts"], env, "server.listening");
  toStop.unshift(() => service.kill("SIGTERM"));
  const config = parseConfig(env);
  const link = setupLink({
    config,
    clock: systemClock(0),
    random: systemRandom,
    keys: await loadKeys(config),
  });
  const browser = await launchBrowser();
  toStop.unshift(() => browser.close());
  const context = await browser.newContext({ locale: "en-GB" });
  await setUp(context, link);
  await client.query(lendSessions, [email]);
  const { rows } = await client.query<{ id: string }>(findUser);
  // So that the newest mail is one with a code.
  await fetch(`${origin}/api/v1/auth/signup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      email: "grace.hopper@example.com",
      password: crypto.randomUUID(),
      name: "Grace Hopper",
    }),
  });
  await fetch(`${origin}/dev/outbox/drain`, { method: "POST" });
  await take(browser, origin, visitorShots, undefined, "");
  await take(browser, origin, adminShots, context, rows[0]?.id ?? "");
}

await run(async () => {
  try {
    await main();
  } finally {
    for (const stop of toStop) await stop();
  }
});
