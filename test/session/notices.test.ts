import { describe, expect, it } from "vitest";
import { goodPassword } from "../support/client.ts";
import { inParallel } from "../support/heavy.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const newerFirefox = firefox.replaceAll("140.0", "141.0");
const safari =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";

const logIn = (email: string, agent: string, ip: string) =>
  service.call<{ access_token: string; refresh_token: string }>("POST", "auth/login", {
    json: { email, password: goodPassword },
    headers: { "user-agent": agent },
    ip,
  });

const noticesTo = async (email: string, template: string) =>
  (await service.mailsTo(email)).filter((mail) => mail.template === template);

async function signUpOn(agent: string, ip: string): Promise<string> {
  const { email } = await service.signUp();
  // The sign-up's own device does not count as the one under test.
  await service.database.query("delete from auth.devices");
  await logIn(email, agent, ip);
  return email;
}

describe("the mail about a new device", () => {
  it("comes for another agent family or network, once, and says which", async () => {
    const email = await signUpOn(firefox, "198.51.100.1");
    await logIn(email, newerFirefox, "198.51.100.1");
    expect(await noticesTo(email, "new_device")).toEqual([]);
    await inParallel(5, () => logIn(email, safari, "198.51.100.1"));
    const [mail, ...more] = await noticesTo(email, "new_device");
    expect(more).toEqual([]);
    expect(mail?.text).toContain("Safari on iOS");
    expect(mail?.text).toContain("198.51.100.1");
    await logIn(email, firefox, "198.51.100.2");
    expect(await noticesTo(email, "new_device")).toHaveLength(2);
    await logIn(email, firefox, "198.51.100.2");
    await logIn(email, safari, "198.51.100.1");
    expect(await noticesTo(email, "new_device")).toHaveLength(2);
  });

  it("comes again for a device that was not seen for 90 days", async () => {
    const email = await signUpOn(firefox, "198.51.100.3");
    service.advance(80 * 86_400);
    await logIn(email, firefox, "198.51.100.3");
    service.advance(80 * 86_400);
    await logIn(email, firefox, "198.51.100.3");
    expect(await noticesTo(email, "new_device")).toEqual([]);
    service.advance(91 * 86_400);
    await logIn(email, firefox, "198.51.100.3");
    expect(await noticesTo(email, "new_device")).toHaveLength(1);
  });

  it("is about nothing a dump could tell: agent and network are kept as a keyed hash", async () => {
    const email = await signUpOn(firefox, "198.51.100.4");
    const rows = await service.database.query<{ fingerprint: string }>(
      "select fingerprint from auth.devices d join auth.users u on u.id = d.user_id where u.email = $1",
      [email],
    );
    expect(rows.map(({ fingerprint }) => /^[\w-]{43}$/.test(fingerprint))).toEqual([true]);
  });
});

describe("the mail about a refresh token that was used again", () => {
  it("comes once, after the grace, and names the session", async () => {
    const account = await service.signUp();
    await service.refresh(account.refresh_token);
    service.advance(31);
    await inParallel(5, () => service.refresh(account.refresh_token));
    const [mail, ...more] = await noticesTo(account.email, "session_reuse");
    expect(more).toEqual([]);
    expect(mail?.link).toMatch(/\/account\/sessions\?session=[0-9a-f-]{36}$/);
  });

  it("does not come for a repeat within the grace, nor for a forgery", async () => {
    const account = await service.signUp();
    await service.refresh(account.refresh_token);
    await service.refresh(account.refresh_token);
    await service.refresh(`${account.refresh_token.slice(0, -8)}AAAAAAAA`);
    expect(await noticesTo(account.email, "session_reuse")).toEqual([]);
  });
});
