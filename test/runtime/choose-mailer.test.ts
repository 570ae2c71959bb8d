import { describe, expect, it, vi } from "vitest";
import { mailbox } from "../../src/adapters/mailer-mailbox.ts";
import { ConfigError } from "../../src/config.ts";
import type { MailConfig, MailTransport } from "../../src/config-mail.ts";
import type { Mail } from "../../src/ports.ts";
import { chooseMailer } from "../../src/runtime/choose-mailer.ts";

const from = { name: undefined, address: "no-reply@acme.example" };
const configOf = (transport: MailTransport): MailConfig => ({
  transport,
  from,
  productName: "Acme",
  accentColor: "#1d4ed8",
});
const mail: Mail = {
  id: "1",
  to: "ada@example.com",
  subject: "Hello",
  template: "magic_link",
  text: "text",
  html: "html",
  link: "https://auth.example.com",
  token: null,
  code: null,
};
const smtp = () => ({ send: async () => undefined });

describe("the mailer", () => {
  it("is the mailbox when there is no mail, and when that is asked for", () => {
    expect(chooseMailer(undefined, { smtp })).toBe(mailbox);
    expect(chooseMailer(configOf({ kind: "mailbox" }), { smtp })).toBe(mailbox);
  });

  it("is the platform's for SMTP", () => {
    const url = new URL("smtps://mail.example.com");
    const made = smtp();
    const platform = { smtp: vi.fn(() => made) };
    expect(chooseMailer(configOf({ kind: "smtp", url }), platform)).toBe(made);
    expect(platform.smtp).toHaveBeenCalledWith(url, from);
  });

  it.each<[MailTransport, string, string, string]>([
    [{ kind: "resend", apiKey: "key-1" }, "https://api.resend.com/emails", "authorization", "Bearer key-1"],
    [
      { kind: "postmark", serverToken: "key-2" },
      "https://api.postmarkapp.com/email",
      "x-postmark-server-token",
      "key-2",
    ],
  ])("for $kind calls its API", async (transport, url, header, value) => {
    const called = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("{}"));
    await chooseMailer(configOf(transport), { smtp }).send(mail);
    const [target, init] = called.mock.calls[0] ?? [];
    called.mockRestore();
    expect([target, new Headers(init?.headers).get(header)]).toEqual([url, value]);
  });

  it("is Cloudflare's binding, and without one a fault of the configuration", async () => {
    const send = vi.fn(async () => undefined);
    await chooseMailer(configOf({ kind: "cloudflare" }), { smtp, cloudflare: { send } }).send(mail);
    expect(send).toHaveBeenCalledOnce();
    expect(() => chooseMailer(configOf({ kind: "cloudflare" }), { smtp })).toThrow(ConfigError);
    expect(() => chooseMailer(configOf({ kind: "cloudflare" }), { smtp })).toThrow(/MAIL_TRANSPORT: .*EMAIL/);
  });
});
