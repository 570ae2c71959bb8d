import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setupLink } from "../../src/setup/setup-token.ts";
import { canBrowse, launchBrowser } from "../support/browser.ts";
import { freshEmail, goodPassword } from "../support/client.ts";
import { codeOf } from "../support/factors.ts";
import { useSite } from "../support/site.ts";
import { expectQuiet, press, type Visit, visit } from "../support/visit.ts";

const at = (page: Page) => new URL(page.url()).pathname;
const text = (page: Page) => page.locator("main").innerText();

describe.runIf(canBrowse)("the main flows without JavaScript, in a real browser", async () => {
  const { service, origin } = await useSite();
  let browser: Browser;
  let here: Visit;
  let page: Page;
  const email = freshEmail();

  beforeAll(async () => {
    browser = await launchBrowser();
    here = await visit(browser, origin, { scripts: false });
    ({ page } = here);
  });
  afterAll(() => browser?.close());

  const fill = (label: string, value: string) => page.getByLabel(label).first().fill(value);

  async function logIn(address: string, password: string): Promise<void> {
    await page.goto("/login");
    await fill("Email address", address);
    await fill("Password", password);
    await press(page, "Sign in");
  }

  it("sign up, confirm the address by its code's link, sign out and in", async () => {
    await page.goto("/signup");
    expect(await text(page)).toContain("At least 8 characters");
    await fill("Email address", email);
    await fill("Password", "short");
    await press(page, "Create account");
    expect(await text(page)).toContain("This is too short.");
    expect(await page.getByLabel("Email address").inputValue()).toBe(email);
    await fill("Password", goodPassword);
    await press(page, "Create account");
    expect(at(page)).toBe("/account");
    await page.goto((await service.mailTo(email, "verify_email")).link);
    await press(page, "Confirm this address");
    expect(await text(page)).toContain("Your address is confirmed.");
    await press(page, "Sign out");
    await logIn(email, "Wrong-horse-7");
    expect(await text(page)).toContain("The address or the password is wrong.");
    expect(await page.getByRole("button", { name: "passkey" }).isVisible()).toBe(false);
    await logIn(email, goodPassword);
    expect(at(page)).toBe("/account");
  });

  it("a second factor, and both steps of the next sign-in", async () => {
    await page.goto("/account/two-factor");
    await press(page, "Set up an app");
    const secret = (await page.locator("pre.secret").innerText()).replaceAll(" ", "");
    await fill("Code from the app", "000000");
    await press(page, "Confirm");
    expect(await text(page)).toContain("wrong");
    await fill("Code from the app", codeOf(secret, service.deps.clock.now()));
    await press(page, "Confirm");
    const [recoveryCode = ""] = (await page.locator("#secret").innerText()).split("\n");
    await page.goto("/account");
    await press(page, "Sign out");
    await logIn(email, goodPassword);
    await page.getByText("Use a recovery code").click();
    await fill("Recovery code", recoveryCode);
    await page.getByRole("button", { name: "Continue" }).nth(1).click();
    await page.waitForURL("**/account");
    service.advance(3600);
    await page.goto("/account/two-factor");
    await press(page, "Remove the app");
    await fill("Code from your authenticator app", codeOf(secret, service.deps.clock.now()));
    await press(page, "Continue");
    await press(page, "Remove the app");
    expect(await text(page)).toContain("The app is removed.");
  });

  it("a forgotten password, a link of a mail here, and one that is opened elsewhere", async () => {
    await press(page, "Sign out");
    await page.goto("/forgot-password");
    await fill("Email address", email);
    await press(page, "Send the link");
    await page.goto((await service.mailTo(email, "password_reset")).link);
    await fill("New password", "Another-horse-8");
    await press(page, "Change the password");
    expect(at(page)).toBe("/login");
    await page.goto("/magic-link");
    await fill("Email address", email);
    await press(page, "Send the code");
    const mail = await service.mailTo(email, "magic_link");
    const elsewhere = await visit(browser, origin, { scripts: false });
    await elsewhere.page.goto(mail.link);
    await press(elsewhere.page, "Show the code");
    expect((await elsewhere.page.locator(".code").innerText()).replace(" ", "")).toBe(mail.code);
    expectQuiet(elsewhere);
    await page.goto(mail.link);
    await press(page, "Sign in");
    expect(at(page)).toBe("/account");
  });

  it("an operator who makes themselves by the link, searches, suspends, and reads the log", async () => {
    const { page: console } = await visit(browser, origin, { scripts: false });
    await console.goto(setupLink(service.deps));
    await console.getByLabel("Email address").fill(freshEmail());
    await console.getByLabel("Password").fill(goodPassword);
    await press(console, "Continue with a password");
    expect(at(console)).toBe("/admin");
    const { email: address } = await service.signUp();
    await console.goto(`/admin/users?q=${address}`);
    await console.getByRole("link", { name: address }).click();
    await console.waitForURL("**/admin/users/*");
    await press(console, "Suspend");
    expect(await text(console)).toContain("The user is suspended.");
    await console.goto("/admin/audit?action=user.suspended");
    expect(await text(console)).toContain("Account suspended");
  });

  it("and leaving", async () => {
    await page.goto("/account/data");
    await fill("Your email address", email);
    await press(page, "Delete my account");
    expect([at(page), (await text(page)).includes("Your account is deleted")]).toEqual(["/login", true]);
    expectQuiet(here);
  });
});
