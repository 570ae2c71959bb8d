import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { mintPageSession, openPageSession } from "../../src/session/page-session.ts";
import { testEnvironment } from "../support/environment.ts";
import { startBeside, useService } from "../support/service.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService({ THROTTLE: "off" });
const name = "__Host-session";

async function signedIn() {
  const account = await service.signUp();
  const visitor = createVisitor(service);
  await visitor.logIn(account.email, account.password);
  return { account, visitor, text: visitor.cookies.get(name) ?? "" };
}

const isIn = async (visitor: ReturnType<typeof createVisitor>) =>
  (await visitor.get("/account")).status === 200;

describe("the session of a page", () => {
  it("is in a cookie that no script reads, of one host, for as long as the session lasts", async () => {
    const { email, password } = await service.signUp();
    const reply = await createVisitor(service).logIn(email, password);
    const line = reply.headers.getSetCookie().find((each) => each.startsWith(name)) ?? "";
    const attributes = line.split("; ").slice(1).sort();
    expect(attributes).toEqual([
      "HttpOnly",
      expect.stringMatching(/^Max-Age=(604800|604799)$/),
      "Path=/",
      "SameSite=Lax",
      "Secure",
    ]);
  });

  it("is refused when it is altered anywhere, without a statement", async () => {
    const { visitor, text } = await signedIn();
    const parts = text.split(".");
    const altered = parts.flatMap((part, at) =>
      ["", `${part}0`, part.slice(1), part.replace(/[0-9a-f]/, (c) => (c === "a" ? "b" : "a"))].map((other) =>
        parts.map((each, n) => (n === at ? other : each)).join("."),
      ),
    );
    for (const cookie of [...altered, "", ".", "....", text.toUpperCase(), `${text}.`].filter(
      (each) => each !== text,
    )) {
      visitor.cookies.set(name, cookie);
      const before = service.statements.length;
      expect([cookie, await isIn(visitor), service.statements.length - before]).toEqual([cookie, false, 0]);
    }
  });

  it("ends with its time, without a statement, and with its row", async () => {
    const { account, visitor, text } = await signedIn();
    service.advance(7 * 86_400 + 1);
    const before = service.statements.length;
    expect([await isIn(visitor), service.statements.length - before]).toEqual([false, 0]);
    service.advance(-7 * 86_400 - 1);
    visitor.cookies.set(name, text);
    expect(await isIn(visitor)).toBe(true);
    await service.call("POST", "auth/logout-all", { token: account.access_token });
    expect(await isIn(visitor)).toBe(false);
  });

  it("dies with the suspension and the new password of its user", async () => {
    for (const change of ["status = 'suspended'", "security_epoch = security_epoch + 1"]) {
      const { account, visitor } = await signedIn();
      await service.database.query(`update auth.users set ${change} where id = $1`, [account.user.id]);
      expect([change, await isIn(visitor)]).toEqual([change, false]);
    }
  });

  it("is no refresh token, and no refresh token is one", async () => {
    const { account, visitor, text } = await signedIn();
    expect((await service.refresh(text)).status).toBe(401);
    expect((await service.call("GET", "users/me", { token: text })).status).toBe(401);
    for (const token of [account.refresh_token, account.access_token]) {
      visitor.cookies.set(name, token);
      expect(await isIn(visitor)).toBe(false);
    }
  });

  it("names no session of somebody else", async () => {
    const { text } = await signedIn();
    const other = await signedIn();
    const mine = openPageSession(service.deps, text);
    const theirs = openPageSession(service.deps, other.text);
    if (!mine || !theirs) throw new Error("both are good");
    other.visitor.cookies.set(name, mintPageSession(service.deps, { ...mine, userId: theirs.userId }));
    expect(await isIn(other.visitor)).toBe(false);
  });

  it("lives through a rotation of the key, and dies when the key is retired", async () => {
    const { visitor, text } = await signedIn();
    const environment = testEnvironment();
    const next = { ...environment, DATA_ENCRYPTION_KEY: randomBytes(32).toString("base64") };
    const both = await startBeside(service, {
      ...next,
      DATA_ENCRYPTION_KEY_PREVIOUS: environment.DATA_ENCRYPTION_KEY ?? "",
    });
    const one = await startBeside(service, next);
    const there = createVisitor(both);
    there.cookies.set(name, text);
    expect(await isIn(there)).toBe(true);
    const gone = createVisitor(one);
    gone.cookies.set(name, text);
    expect(await isIn(gone)).toBe(false);
    expect(await isIn(visitor)).toBe(true);
  });

  it("waits out a database that is down: the sign-in page is there, the rest says when to try again", async () => {
    const { visitor } = await signedIn();
    service.onStatement.current = () => {
      throw new Error("down");
    };
    const page = await visitor.get("/account");
    const login = await visitor.get("/login");
    service.onStatement.current = undefined;
    expect([page.status, login.status, Number(page.headers.get("retry-after"))]).toEqual([503, 200, 2]);
    expect(page.headers.get("content-type")).toMatch(/^text\/html/);
    expect(
      service.logs.filter(({ event, fields }) => event === "http.failure" && fields.code === "unavailable"),
    ).toHaveLength(1);
    expect(await isIn(visitor)).toBe(true);
  });
});
