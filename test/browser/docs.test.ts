import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserPath, launchBrowser } from "../support/browser.ts";
import { type Account, createClient } from "../support/client.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Running, startProcess } from "../support/process.ts";

// CI must have a browser: there the suite fails rather than passing without having looked.
const canRun = browserPath !== undefined || process.env.CI === "true";
if (!canRun) console.log("Browser tests are left out: no Chromium found. Install one, or set CHROMIUM_PATH.");

describe.runIf(canRun)("the API pages in a real browser", () => {
  let database: TestDatabase;
  let running: Running;
  let browser: Browser;
  let account: Account;

  beforeAll(async () => {
    database = await createTestDatabase();
    running = await startProcess("built", { DATABASE_URL: database.url });
    account = await createClient((request) => fetch(request), running.origin).signUp();
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await running?.stop();
    await database?.close();
  });

  /** A page that notes errors, policy violations and any request to another origin. */
  async function open(path: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(running.origin) && !/^(data|blob):/.test(url))
        complaints.push(`foreign request: ${url}`);
    });
    await page.goto(`${running.origin}${path}`);
    return { page, complaints };
  }

  it("Swagger UI signs in by its Authorize button and calls the API with the token", async () => {
    const { page, complaints } = await open("/docs");
    await page.locator("button.authorize").first().click();
    await page.locator("#oauth_username").fill(account.email);
    await page.locator("#oauth_password").fill(account.password);
    await page.getByRole("button", { name: "Apply given OAuth2 credentials" }).click();
    await page.locator(".modal-ux >> text=Logout").waitFor();
    await page.locator(".modal-ux button.btn-done").first().click();
    const operation = page.locator("#operations-Account-getProfile");
    await operation.locator(".opblock-summary-control").click();
    await operation.locator("button.try-out__btn").click();
    await operation.locator("button.execute").click();
    const reply = operation.locator(".live-responses-table .response");
    await reply.waitFor();
    expect(await reply.locator(".response-col_status").innerText()).toContain("200");
    expect(await reply.innerText()).toContain(account.email);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("Redoc renders the reference", async () => {
    const { page, complaints } = await open("/redoc");
    await page.locator("h1", { hasText: "Gatehouse" }).waitFor();
    await page.locator("h2", { hasText: "Exchange a refresh token" }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });
});
