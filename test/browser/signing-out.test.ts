import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canBrowse, launchBrowser } from "../support/browser.ts";
import { useSite } from "../support/site.ts";
import { expectQuiet, press, type Visit, visit } from "../support/visit.ts";

describe.runIf(canBrowse)("pages that are open when their session ends", async () => {
  const { service, origin } = await useSite();
  let browser: Browser;
  let here: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  /** Signed in, with a second tab on a page that shows the address. */
  async function twoTabs() {
    const account = await service.signUp();
    here = await visit(browser, origin);
    const { page, context } = here;
    await page.goto("/login");
    await page.getByLabel("Email address").fill(account.email);
    await page.getByLabel("Password").fill(account.password);
    await press(page, "Sign in");
    const other = await context.newPage();
    await other.goto("/account");
    expect(await other.content()).toContain(account.email);
    return { account, page, other };
  }

  it("are gone from the other tabs when one signs out, and from behind the way back", async () => {
    const { account, page, other } = await twoTabs();
    await page.goto("/account/sessions");
    await press(page, "Sign out");
    await other.waitForURL("**/login");
    expect(await other.content()).not.toContain(account.email);
    await page.goBack();
    await page.waitForURL(/\/login/);
    expect(await page.content()).not.toContain(account.email);
    expectQuiet(here);
    await here.close();
  });

  it("are gone once they are looked at again, when the session ended elsewhere", async () => {
    const { account, other } = await twoTabs();
    const show = () => other.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    // A minute later, by the page's own clock.
    await other.evaluate(() => {
      const now = performance.now.bind(performance);
      performance.now = () => now() + 61_000;
    });
    const asked = other.waitForResponse((reply) => reply.request().method() === "HEAD");
    await show();
    expect((await asked).status()).toBe(200);
    expect(await other.content()).toContain(account.email);
    await service.call("POST", "auth/logout-all", { token: account.access_token });
    await other.evaluate(() => {
      const now = performance.now.bind(performance);
      performance.now = () => now() + 61_000;
    });
    await show();
    await other.waitForURL(/\/login/);
    expect(await other.content()).not.toContain(account.email);
    expectQuiet(here);
    await here.close();
  });
});
