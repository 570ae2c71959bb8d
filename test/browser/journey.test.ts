import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setupLink } from "../../src/setup/setup-token.ts";
import { canBrowse, launchBrowser } from "../support/browser.ts";
import { freshEmail, goodPassword } from "../support/client.ts";
import { codeOf } from "../support/factors.ts";
import { useSite } from "../support/site.ts";
import { expectQuiet, press, type Visit, visit } from "../support/visit.ts";

const newPassword = "Another-horse-8";

/** An authenticator that says yes, and keeps what it makes for as long as the page is open. */
async function addAuthenticator(page: Page): Promise<() => Promise<unknown>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return () => devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
}

const at = (page: Page) => new URL(page.url()).pathname;
const text = (page: Page) => page.locator("main").innerText();

describe.runIf(canBrowse)("from the first run to the last, in a real browser", async () => {
  const { service, origin } = await useSite({ TRUSTED_DEVICE_DAYS: "30" });
  let browser: Browser;
  let admin: Visit;
  let user: Visit;
  const email = freshEmail();

  beforeAll(async () => {
    browser = await launchBrowser();
    admin = await visit(browser, origin);
    user = await visit(browser, origin, { width: 375, scheme: "dark" });
    await addAuthenticator(admin.page);
  });
  afterAll(() => browser?.close());

  async function openMail({ page }: Visit, template: string): Promise<void> {
    const { link } = await service.mailTo(email, template);
    await page.goto(link);
    expect(page.url()).not.toContain("token");
  }

  async function logIn({ page }: Visit, address: string, password: string): Promise<void> {
    await page.goto("/login");
    await page.getByLabel("Email address").fill(address);
    await page.getByLabel("Password").fill(password);
    await press(page, "Sign in");
  }

  it("the first admin is made by the link, with a passkey", async () => {
    const { page } = admin;
    await page.goto(setupLink(service.deps));
    expect(at(page)).toBe("/setup");
    await page.getByLabel("Email address").fill(freshEmail());
    await press(page, "Continue with a passkey");
    expect(await page.locator("#secret").innerText()).toMatch(/^(\S+\n){9}\S+$/);
    await page.getByRole("link", { name: "I have kept them" }).click();
    await page.waitForURL("**/admin");
    expect(await text(page)).toContain("Sign-ups");
    expect((await page.goto("/setup"))?.status()).toBe(404);
  });

  it("somebody signs up, told as they type whether the password will do", async () => {
    const { page } = user;
    await page.goto("/account/sessions");
    expect(at(page)).toBe("/login");
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.waitForURL("**/signup?**");
    await page.getByLabel("Name").fill("Ada Lovelace");
    await page.getByLabel("Email address").fill(email);
    await page.getByLabel("Password").pressSequentially("short");
    await expect.poll(() => page.locator(".strength").innerText()).toBe("Not there yet.");
    await page.getByLabel("Password").fill(goodPassword);
    await expect.poll(() => page.locator(".strength").innerText()).toBe("That meets the rules.");
    await press(page, "Create account");
    expect(at(page)).toBe("/account/sessions");
    expect(await text(page)).toContain("Chrome");
  });

  it("confirms the address by the link of the mail", async () => {
    await openMail(user, "verify_email");
    await press(user.page, "Confirm this address");
    expect(await text(user.page)).toContain("Your address is confirmed.");
  });

  it("sets up an authenticator app by its QR code, and keeps the recovery codes", async () => {
    const { page } = user;
    await page.goto("/account/security");
    await page.getByRole("link", { name: "Set it up" }).click();
    await page.waitForURL("**/account/two-factor");
    await press(page, "Set up an app");
    expect(await page.locator(".qr svg").boundingBox()).toMatchObject({ width: expect.any(Number) });
    const secret = (await page.locator("pre.secret").innerText()).replaceAll(" ", "");
    await page.getByLabel("Code from the app").fill(codeOf(secret, service.deps.clock.now()));
    await press(page, "Confirm");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download" }).click();
    expect((await download).suggestedFilename()).toBe("recovery-codes.txt");
    const codes = (await page.locator("#secret").innerText()).split("\n");
    expect(codes).toHaveLength(10);

    await page.goto("/account");
    await press(page, "Sign out");
    await logIn(user, email, goodPassword);
    expect(at(page)).toBe("/mfa");
    service.advance(60);
    await page.getByLabel("Code from your authenticator app").fill(codeOf(secret, service.deps.clock.now()));
    await page.getByLabel("Do not ask again").check();
    await press(page, "Continue");
    expect(at(page)).toBe("/account");
    await press(page, "Sign out");
    await logIn(user, email, goodPassword);
    expect(at(page)).toBe("/account");
    await page.goto("/account/devices");
    await press(page, "Ask again on");
    expect(await text(page)).toContain("No device is trusted.");

    service.advance(3600);
    await page.goto("/account/two-factor");
    await press(page, "Make new recovery codes");
    expect(at(page)).toBe("/account/confirm");
    await page.getByText("Use a recovery code").click();
    await page.getByLabel("Recovery code").fill(codes[0] ?? "");
    await page.getByRole("button", { name: "Continue" }).nth(1).click();
    await page.waitForURL("**/account/two-factor");
    await press(page, "Remove the app");
    expect(await text(page)).toContain("The app is removed.");
  });

  it("adds a passkey, signs in by it alone, and confirms by it", async () => {
    const { page } = user;
    const removeAuthenticator = await addAuthenticator(page);
    await page.goto("/account/passkeys/new");
    await page.getByLabel("Name").fill("Phone");
    await press(page, "Create the passkey");
    await page.goto("/account/passkeys");
    expect(await text(page)).toContain("Phone");
    // The sign-in page offers passkeys among what the browser fills in, and this one answers at once.
    await Promise.all([
      page.waitForURL("**/account"),
      page.getByRole("button", { name: "Sign out" }).click(),
    ]);
    service.advance(3600);
    await page.goto("/account/passkeys/new");
    expect(at(page)).toBe("/account/confirm");
    await Promise.all([
      page.waitForURL("**/account/passkeys/new"),
      page.getByRole("button", { name: "Use your passkey" }).click(),
    ]);
    await page.goto("/account/passkeys");
    await press(page, "Remove Phone");
    expect(await text(page)).toContain("The passkey is removed.");
    await removeAuthenticator();
  });

  it("changes the password and the address, ends sessions, makes and ends an API key", async () => {
    const { page } = user;
    await page.goto("/account/password");
    await page.getByLabel("Current password").fill(goodPassword);
    await page.getByLabel("New password").fill(newPassword);
    await press(page, "Change the password");
    expect(await text(page)).toContain("Your password is changed.");
    await page.goto("/account/email");
    await page.getByLabel("New email address").fill(`new-${email}`);
    await page.getByLabel("Password").fill(newPassword);
    await press(page, "Send the link");
    expect(await text(page)).toContain("A mail is on its way");
    await page.goto("/account/api-keys");
    await page.getByLabel("Name").fill("Nightly export");
    await press(page, "Make the key");
    expect(await page.locator("#secret").innerText()).toMatch(/^gthk_/);
    await page.goto("/account/api-keys");
    await press(page, "End the key");
    expect(await text(page)).toContain("The key has ended.");
    await service.call("POST", "auth/login", { json: { email, password: newPassword } });
    await page.goto("/account/sessions");
    expect(await page.locator(".items > li").count()).toBe(2);
    await press(page, "End all others");
    expect(await page.locator(".items > li").count()).toBe(1);
    await page.goto("/account/activity");
    expect(await text(page)).toContain("Password changed");
    await page.getByRole("button", { name: "Deutsch" }).click();
    await page.waitForLoadState();
    expect(await text(page)).toContain("Passwort geändert");
    await page.getByRole("button", { name: "English" }).click();
    await page.waitForLoadState();
  });

  it("comes back by a forgotten password, and by a code of a mail", async () => {
    const { page } = user;
    await press(page, "Sign out");
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await page.getByLabel("Email address").fill(email);
    await press(page, "Send the link");
    await openMail(user, "password_reset");
    await page.getByLabel("New password").fill(goodPassword);
    await press(page, "Change the password");
    expect(await text(page)).toContain("Your password is changed.");
    await page.getByRole("link", { name: "Email me a code instead" }).click();
    await page.getByLabel("Email address").fill(email);
    await press(page, "Send the code");
    await page.getByLabel("Code from the mail").fill((await service.mailTo(email, "magic_link")).code);
    await press(page, "Sign in");
    expect(at(page)).toBe("/account");
  });

  it("the admin finds them, acts as them under a banner, and stops", async () => {
    const { page } = admin;
    await page.goto("/admin/users");
    await page.getByLabel("Address, name or id").fill("Ada Love");
    await press(page, "Search");
    await page.getByRole("link", { name: email }).click();
    await page.waitForURL("**/admin/users/*");
    expect(await text(page)).toContain("Timeline");
    await page.locator("#impersonation-reason").fill("Ticket 4711");
    await press(page, "Act as this user");
    if (at(page) === "/account/confirm") {
      await Promise.all([
        page.waitForURL("**/admin/users/*"),
        page.getByRole("button", { name: "Use your passkey" }).click(),
      ]);
      await page.locator("#impersonation-reason").fill("Ticket 4711");
      await press(page, "Act as this user");
    }
    expect(await page.locator(".acting").innerText()).toContain(`You act as ${email}`);
    await press(page, "Stop acting as this user");
    expect(await text(page)).toContain("You are yourself again.");
  });

  it("the admin looks through the console, makes a role and a client, and suspends", async () => {
    const { page } = admin;
    for (const name of ["Overview", "Audit log", "Mail queue", "Settings"]) {
      await page.getByRole("link", { name, exact: true }).click();
      await expect.poll(() => page.locator("h1").innerText()).toBe(name);
    }
    await page.getByRole("link", { name: "Roles", exact: true }).click();
    await page.getByLabel("Name").fill("support");
    await page.getByLabel("users:read").last().check();
    await press(page, "Make the role");
    expect(await text(page)).toContain("The role is made.");
    await page.getByRole("link", { name: "Machine clients" }).click();
    await page.getByLabel("Name").fill("Billing");
    await page.getByLabel("Scopes").fill("orders:read");
    await press(page, "Register");
    expect(await page.locator("#secret").innerText()).toMatch(/^gths_/);
    const spammer = await service.signUp();
    await page.goto(`/admin/users?q=${spammer.email}`);
    await page.getByLabel(`Choose ${spammer.email}`).check();
    await press(page, "Suspend the chosen");
    expect(await text(page)).toContain("1 user is suspended.");
  });

  it("and they leave, with what was kept of them", async () => {
    const { page } = user;
    await page.goto("/account/data");
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download" }).click();
    expect((await download).suggestedFilename()).toBe("account.json");
    await page.getByLabel("Your email address").fill(email);
    await press(page, "Delete my account");
    expect([at(page), (await text(page)).includes("Your account is deleted")]).toEqual(["/login", true]);
    expect((await service.logIn(email, goodPassword)).status).toBe(401);
  });

  it("without an error in the console, a broken policy, or a request to another origin", () => {
    expectQuiet(admin);
    expectQuiet(user);
  });
});
