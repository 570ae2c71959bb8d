import { describe, expect, it } from "vitest";
import { readableOn } from "../../src/lib/contrast.ts";
import type { MailContent } from "../../src/mail/content.ts";
import { renderMail } from "../../src/mail/render-mail.tsx";
import { wordings } from "../../src/mail/wording.ts";
import type { MailTemplate } from "../../src/ports.ts";

const config = { productName: "Acme & <Co>", accentColor: "#1d4ed8" };
const link = "https://auth.example.com/page?token=abc&x='\"<";
const templates = Object.keys(wordings) as MailTemplate[];
const notices: MailTemplate[] = [
  "password_changed",
  "email_changed",
  "new_device",
  "session_reuse",
  "factor_changed",
  "api_key_created",
  "recovery_code_used",
];

function content(overrides: Partial<MailContent> = {}): MailContent {
  return { template: "verify_email", link, code: null, expiresInSeconds: null, details: null, ...overrides };
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** What a reader sees of the HTML. */
function readable(html: string): string {
  return html
    .replace(/<head>.*<\/head>/s, "")
    .replace(/<br\/>|<\/p>/g, "\n")
    .replace(/<[^>]*>/g, "");
}

describe("a mail", () => {
  it("exists for every template of the contract", () => {
    const contract =
      "verify_email email_changed password_reset password_changed magic_link account_exists new_device session_reuse invitation recovery_code_used factor_changed api_key_created impersonated";
    expect(templates.sort()).toEqual(contract.split(" ").sort());
  });

  it("has a subject of its own", () => {
    const subjects = templates.map((template) => renderMail(config, content({ template })).subject);
    expect(new Set(subjects).size).toBe(templates.length);
    for (const subject of subjects) {
      expect(subject).toContain("Acme & <Co>");
      expect(subject.length).toBeLessThan(90);
    }
  });

  it.each(templates)("%s: both bodies say the same and carry link, code and life", (template) => {
    const details = {
      device: "Firefox 140.0 on Linux",
      ip: "192.0.2.7",
      time: "24 November 2026, 10:31 UTC",
    };
    const mail = renderMail(config, content({ template, code: "12345678", expiresInSeconds: 900, details }));
    expect(mail.text.split("\n")).toContain(link);
    expect(mail.html).toContain(`<a href="${escapeHtml(link)}"`);
    const seen = readable(mail.html);
    expect(seen).toContain(escapeHtml(link));
    for (const line of [
      "Or type this code:",
      "1234 5678",
      "Device: Firefox 140.0 on Linux",
      "IP address: 192.0.2.7",
      "Time: 24 November 2026, 10:31 UTC",
      "The link and the code are good for one use within 15 minutes.",
    ]) {
      expect(mail.text).toContain(line);
      expect(seen).toContain(line);
    }
    for (const paragraph of mail.text.split(/\n+/).filter((line) => / .*\.$/.test(line))) {
      expect(seen).toContain(escapeHtml(paragraph));
    }
  });

  it.each(templates)("%s: leaves out what it is not given", (template) => {
    const { text, html } = renderMail(config, content({ template }));
    for (const body of [text, html])
      expect(body).not.toMatch(/type this code|IP address|good for|null|undefined/);
  });

  it.each(notices)("%s: says what to do if it was not you", (template) => {
    const { text } = renderMail(config, content({ template }));
    expect(text).toMatch(/Review your (sessions|API keys):\n/);
    expect(text).toMatch(/If (this was not you|there are sessions you do not know)/);
  });

  it("says where a magic link works, and that a taken address can reset its password", () => {
    expect(renderMail(config, content({ template: "magic_link" })).text).toMatch(
      /works only in the browser which asked\. .*type the code in that browser/,
    );
    expect(renderMail(config, content({ template: "account_exists" })).text).toMatch(
      /already has an account.*\n*.*forgot your password, you can reset it/s,
    );
  });

  it.each([
    [60, "1 minute"],
    [900, "15 minutes"],
    [3600, "1 hour"],
    [5400, "90 minutes"],
    [86_400, "1 day"],
    [604_800, "7 days"],
  ])("words %d seconds as %s", (expiresInSeconds, words) => {
    expect(renderMail(config, content({ expiresInSeconds })).text).toContain(`within ${words}.`);
  });

  it("escapes every value in the HTML", () => {
    const details = { device: "<script>x</script>", ip: "<b>", time: "<i>" };
    for (const template of templates) {
      const { html } = renderMail(
        { ...config, productName: '<img src="x">' },
        content({ template, code: "<u>", details }),
      );
      expect(html.match(/<(script|img|b|i|u)[ >]/g)).toBeNull();
      expect(html.match(/<a [^>]*>/g)).toHaveLength(2);
    }
  });

  it("loads nothing, runs nothing and sets no colour but the button's", () => {
    for (const template of templates) {
      const { html } = renderMail(config, content({ template, code: "12345678" }));
      expect(html).toMatch(/^<!doctype html><html lang="en">/);
      expect(html).not.toMatch(
        /<(img|script|link|style|iframe|object|form|video)\b|src=|url\(|@import|\son\w+=/i,
      );
      const urls = html.match(/https?:\/\/[^"'\s<]+/g) ?? [];
      expect(urls.every((url) => url.startsWith("https://auth.example.com/page?token=abc"))).toBe(true);
      expect(html.match(/[^-]color:[^;"]+/g)).toEqual([";color:#ffffff"]);
      expect(html).toContain("background-color:#1d4ed8");
      expect(html).toContain('<meta name="color-scheme" content="light dark"/>');
    }
  });

  it("lets no device name become a link, and cuts a long one", () => {
    const device = `Visit http://evil.example/win now, evil.example. ${"x".repeat(200)}`;
    const { text } = renderMail(config, content({ details: { device, ip: null, time: null } }));
    const line = text.split("\n").find((candidate) => candidate.startsWith("Device: ")) ?? "";
    expect(line).toMatch(/^Device: Visit http evil example win now/);
    expect(line).not.toMatch(/\.[a-z]|[/:].*[/:]/);
    expect(line.length).toBeLessThan(70);
  });

  it("has no line break in a subject, nor a second line for one value (RFC 5322 §2.2)", () => {
    const details = { device: "a\r\nIP address: 1", ip: "2\r\nTime: 3", time: "4\u2028Device: 5" };
    const product = { ...config, productName: "Acme\r\nBcc: everyone@example.com" };
    for (const template of templates) {
      const { subject, text } = renderMail(product, content({ template, details }));
      expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(text.match(/^(Device|IP address|Time): /gm)).toEqual(["Device: ", "IP address: ", "Time: "]);
      expect(text).not.toMatch(/^Bcc:/m);
    }
  });
});

describe("the text on the button", () => {
  it.each([
    ["#1d4ed8", "#ffffff"],
    ["#000000", "#ffffff"],
    ["#ffffff", "#000000"],
    ["#facc15", "#000000"],
    ["#22c55e", "#000000"],
    ["#dc2626", "#ffffff"],
    ["#3b82f6", "#000000"],
  ])("on %s is %s", (color, text) => {
    expect(readableOn(color)).toBe(text);
    expect(renderMail({ ...config, accentColor: color }, content()).html).toContain(
      `background-color:${color};color:${text}`,
    );
  });
});
