import { parse } from "parse5";
import { describe, expect, it } from "vitest";
import { freshEmail, goodPassword } from "../support/client.ts";
import { useService } from "../support/service.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService({ THROTTLE: "off" });

type Node = {
  nodeName: string;
  attrs?: { name: string; value: string }[];
  childNodes?: Node[];
  value?: string;
};

/** Every element of a page with the names of its attributes, in order. */
function elementsOf(html: string): string[] {
  const walk = (node: Node): string[] => [
    ...(node.attrs ? [`${node.nodeName} ${node.attrs.map(({ name }) => name).join(" ")}`] : []),
    ...(node.childNodes ?? []).flatMap(walk),
  ];
  return walk(parse(html) as Node);
}

const textOf = (node: Node): string => node.value ?? (node.childNodes ?? []).map(textOf).join("");
const shownBy = (html: string) => textOf(parse(html) as Node).replace(/\s+/g, " ");

describe("the mails of development, as a page", () => {
  it("shows each with its subject, its code and its link", async () => {
    const { email } = await service.signUp();
    const mail = await service.mailTo(email, "verify_email");
    const visitor = createVisitor(service);
    const { status, text, headers } = await visitor.get(`/dev/mail?to=${encodeURIComponent(email)}`);
    expect([status, headers.get("content-type")?.split(";")[0]]).toEqual([200, "text/html"]);
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect([headers.get("referrer-policy"), headers.get("cache-control")]).toEqual([
      "no-referrer",
      "no-store",
    ]);
    for (const part of [mail.subject, mail.to, mail.template]) expect(shownBy(text)).toContain(part);
    expect(shownBy(text)).toContain(mail.code);
    expect(text).toContain(`href="${mail.link}"`);
    expect((await visitor.get(mail.link.slice(mail.link.indexOf("/", 8)))).status).toBeLessThan(500);
  });

  it("filters by address, takes an empty filter for none, and says when there is nothing", async () => {
    const [one, two] = [await service.signUp(), await service.signUp()];
    await service.mailsTo(one.email);
    const visitor = createVisitor(service);
    const filtered = await visitor.get(`/dev/mail?to=${encodeURIComponent(one.email.toUpperCase())}`);
    expect([filtered.text.includes(one.email), filtered.text.includes(two.email)]).toEqual([true, false]);
    const all = await visitor.get("/dev/mail?to=");
    expect([all.text.includes(one.email), all.text.includes(two.email)]).toEqual([true, true]);
    expect(shownBy((await visitor.get("/dev/mail?to=nobody@example.com")).text)).toContain(
      "No mail to nobody@example.com.",
    );
  });

  it("delivers what is due at the press of its button, and takes that from its own pages alone", async () => {
    const email = freshEmail();
    await service.call("POST", "auth/signup", { json: { email, password: goodPassword } });
    const visitor = createVisitor(service);
    expect((await visitor.get("/dev/mail")).text).not.toContain(email);
    const foreign = await visitor.post("/dev/mail", {}, { "sec-fetch-site": "cross-site" });
    expect(foreign.status).toBe(403);
    const reply = await visitor.post("/dev/mail");
    expect([reply.status, reply.location]).toEqual([303, "/dev/mail"]);
    expect((await visitor.get("/dev/mail")).text).toContain(email);
  });

  it("gives markup in a mail, or in the filter, no element and no attribute", async () => {
    const visitor = createVisitor(service);
    const plain = await service.signUp();
    await service.mailsTo(plain.email);
    const before = elementsOf((await visitor.get(`/dev/mail?to=${encodeURIComponent(plain.email)}`)).text);
    // What of a mail can be a stranger's: here every text of it is.
    const nasty = `"><script>alert(1)</script><img src=x onerror=alert(2)>' style="x" {{7*7}} </pre></textarea>`;
    await service.database.query("update auth.outbox set sent_to = $2 where sent_to = $1", [
      plain.email,
      nasty,
    ]);
    const page = await visitor.get(`/dev/mail?to=${encodeURIComponent(nasty)}`);
    expect(page.status).toBe(200);
    expect(shownBy(page.text)).toContain(nasty.replace(/\s+/g, " "));
    expect(elementsOf(page.text)).toEqual(before);
    const none = await visitor.get(`/dev/mail?to=${encodeURIComponent(`${nasty}x`)}`);
    expect(none.text).not.toContain("<script>");
  });

  it("answers JSON as before to whoever asks for it, in one statement", async () => {
    const { email } = await service.signUp();
    await service.mailsTo(email);
    const before = service.statements.length;
    const path = `/dev/mail?to=${encodeURIComponent(email)}`;
    const { body, headers } = await service.call<{ data: object[] }>("GET", path, {
      headers: { accept: "application/json" },
    });
    expect([service.statements.length - before, headers.get("vary")]).toEqual([1, "Origin"]);
    expect(Object.keys(body.data[0] ?? {}).sort()).toEqual(
      ["code", "created_at", "html", "id", "link", "subject", "template", "text", "to", "token"].sort(),
    );
    expect((await service.call("GET", "/dev/mail?x=1")).status).toBe(422);
  });
});
