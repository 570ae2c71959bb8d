import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock, systemRandom } from "../../src/adapters/system.ts";
import { parseConfig } from "../../src/config.ts";
import { setupLink } from "../../src/setup/setup-token.ts";
import { loadKeys } from "../../src/token/keys.ts";
import { browserPath, launchBrowser } from "../support/browser.ts";
import { goodPassword } from "../support/client.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { testEnvironment } from "../support/environment.ts";
import { heavy } from "../support/heavy.ts";
import { type Running, startProcess } from "../support/process.ts";

const canRun = browserPath !== undefined || process.env.CI === "true";
if (!canRun) console.log("Browser tests are left out: no Chromium found. Install one, or set CHROMIUM_PATH.");

// The ways through are in journey.test.ts and without-scripts.test.ts; here is what goes wrong on them.
describe.runIf(canRun && heavy)("the first run, in a real browser", () => {
  let database: TestDatabase;
  let running: Running;
  let browser: Browser;

  /** As `npm run dev` makes it: by the keys of the same environment. */
  const link = async () => {
    const config = parseConfig(testEnvironment({ DATABASE_URL: database.url, ISSUER: running.origin }));
    return setupLink({ config, clock: systemClock(0), random: systemRandom, keys: await loadKeys(config) });
  };
  const admins = () =>
    database.query(
      "select u.email, u.passkeys from auth.users u join auth.user_roles r on r.user_id = u.id where r.role = 'admin'",
    );

  beforeAll(async () => {
    database = await createTestDatabase();
    running = await startProcess("built", { DATABASE_URL: database.url });
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await running?.stop();
    await database?.close();
  });

  async function open(javaScriptEnabled: boolean): Promise<{ page: Page; problems: string[] }> {
    const page = await (await browser.newContext({ javaScriptEnabled })).newPage();
    const problems: string[] = [];
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(running.origin)) problems.push(request.url());
    });
    await page.goto(await link());
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe("/setup");
    return { page, problems };
  }

  const addAuthenticator = async (devtools: CDPSession) =>
    devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });

  it("makes an admin with a passkey, asks for the address first, and says when none was made", async () => {
    const { page, problems } = await open(true);
    const button = page.locator("[data-with-passkey] button");
    await button.click();
    expect(await page.locator(":invalid:focus").getAttribute("name")).toBe("email");
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    const { authenticatorId } = await addAuthenticator(devtools);
    await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await page.fill("[name=email]", "ada@example.com");
    await button.click();
    await page.locator("[role=alert]").waitFor({ state: "visible" });
    expect(await admins()).toEqual([]);

    await devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
    await button.click();
    expect((await page.locator("#secret").innerText()).split("\n")).toHaveLength(10);
    expect(await admins()).toEqual([{ email: "ada@example.com", passkeys: 1 }]);
    const { credentials } = await devtools.send("WebAuthn.getCredentials", { authenticatorId });
    expect(credentials).toMatchObject([{ userName: "ada@example.com", isResidentCredential: true }]);
    expect(problems).toEqual([]);
  });

  it("makes one with a password where there are no scripts", async () => {
    await database.query("delete from auth.user_roles where role = 'admin'");
    const { page, problems } = await open(false);
    expect(await page.locator("[data-with-passkey]").isVisible()).toBe(false);
    await page.fill("[name=email]", "grace@example.com");
    await page.fill("[name=password]", goodPassword);
    await page.click("main button[type=submit]");
    await page.waitForURL("**/admin");
    expect(await admins()).toEqual([{ email: "grace@example.com", passkeys: 0 }]);
    expect(problems.filter((text) => !text.includes("404"))).toEqual([]);
    expect((await page.goto(await link()))?.status()).toBe(404);
  });
});
