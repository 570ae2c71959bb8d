import { describe, expect, it } from "vitest";
import { useService } from "../support/service.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService();

describe("the sign-in page", () => {
  it("is shown without a statement, in less than 20 KiB", async () => {
    const before = service.statements.length;
    const { status, text, headers } = await createVisitor(service).get("/login");
    expect([status, service.statements.length - before]).toEqual([200, 0]);
    expect(new TextEncoder().encode(text).length).toBeLessThan(20 * 1024);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("content-security-policy")).toMatch(/frame-ancestors 'none'/);
  });

  it("signs in, and leads to the page that asked for it", async () => {
    const { email, password } = await service.signUp();
    const visitor = createVisitor(service);
    const asked = await visitor.get("/account?x=1");
    expect([asked.status, asked.location]).toEqual([303, "/login?return_to=%2Faccount%3Fx%3D1"]);
    const reply = await visitor.post("/login?return_to=%2Faccount%3Fx%3D1", { email, password });
    expect([reply.status, reply.location]).toEqual([303, "/account?x=1"]);
    const cookie = reply.headers.getSetCookie().find((line) => line.startsWith("__Host-session="));
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; Secure/);
    expect(cookie).toMatch(/; SameSite=Lax/);
    const page = await visitor.get("/account");
    expect([page.status, page.text.includes(email)]).toEqual([200, true]);
    const rows = await service.database.query(
      "select client_id from auth.sessions s join auth.users u on u.id = s.user_id where u.email = $1 order by s.id desc limit 1",
      [email],
    );
    expect(rows).toEqual([{ client_id: "pages" }]);
  });

  it("tells whoever is refused no more than the API does, and keeps what was typed", async () => {
    const reply = await createVisitor(service).post("/login", { email: "no@example.com", password: "wrong" });
    expect(reply.status).toBe(422);
    expect(reply.text).toContain("The address or the password is wrong.");
    expect(reply.text).toContain('value="no@example.com"');
    expect(reply.text).not.toContain('value="wrong"');
  });

  it("speaks German to whoever asks for it", async () => {
    const visitor = createVisitor(service);
    expect((await visitor.get("/login", { "accept-language": "fr, de;q=0.9, en;q=0.1" })).text).toContain(
      'lang="de"',
    );
    const chosen = await visitor.post("/language", { language: "de", return_to: "/login" });
    expect([chosen.status, chosen.location]).toEqual([303, "/login"]);
    expect((await visitor.get("/login")).text).toContain("Anmelden bei Gatehouse");
  });

  it("signs out: the cookie is gone, and worth nothing to whoever kept it", async () => {
    const { email, password } = await service.signUp();
    const visitor = createVisitor(service);
    await visitor.logIn(email, password);
    const kept = new Map(visitor.cookies);
    expect((await visitor.post("/logout")).location).toBe("/login");
    expect(visitor.cookies.has("__Host-session")).toBe(false);
    for (const [name, value] of kept) visitor.cookies.set(name, value);
    expect((await visitor.get("/account")).location).toBe("/login?return_to=%2Faccount");
  });

  it("has the browser let go of what it was shown when a session ends, and keep the language and the device", async () => {
    const { email, password } = await service.signUp();
    const visitor = createVisitor(service);
    await visitor.logIn(email, password);
    await visitor.post("/language", { language: "de", return_to: "/login" });
    visitor.cookies.set("__Host-device", "x");
    const here = await visitor.post("/logout");
    expect(here.headers.get("clear-site-data")).toBe('"cache"');
    expect([...visitor.cookies.keys()].sort()).toEqual(["__Host-device", "__Host-language"]);
    expect((await visitor.get("/login")).headers.get("clear-site-data")).toBeNull();

    const [one, other] = [createVisitor(service), createVisitor(service)];
    for (const each of [one, other]) await each.logIn(email, password);
    expect((await one.get("/account")).headers.get("clear-site-data")).toBeNull();
    const everywhere = await one.post("/account/sessions/end-all");
    const elsewhere = await other.get("/account");
    for (const { status, headers } of [everywhere, elsewhere])
      expect([status, headers.get("clear-site-data")]).toEqual([303, '"cache"']);
  });

  it("ends the session that the browser had before (session fixation)", async () => {
    const attacker = createVisitor(service);
    const { email, password } = await service.signUp();
    await attacker.logIn(email, password);
    const victim = createVisitor(service);
    for (const [name, value] of attacker.cookies) victim.cookies.set(name, value);
    const other = await service.signUp();
    await victim.logIn(other.email, other.password);
    expect((await attacker.get("/account")).status).toBe(303);
    expect((await victim.get("/account")).text).toContain(other.email);
  });
});
