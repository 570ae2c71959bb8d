import { beforeAll, describe, expect, it } from "vitest";
import { makeAdmin } from "../support/operators.ts";
import { useService } from "../support/service.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService({ THROTTLE: "off" });
const name = "__Host-impersonation";
const reason = { reason: "Ticket 4711" };

type Visitor = ReturnType<typeof createVisitor>;
let operator: Visitor;
let account: Awaited<ReturnType<typeof service.signUp>>;

async function signInOperator() {
  const { email, password, ...rest } = await makeAdmin(service);
  const visitor = createVisitor(service);
  await visitor.logIn(email, password);
  return { visitor, email, ...rest };
}

async function actAs(visitor: Visitor, id: string): Promise<string> {
  const reply = await visitor.post(`/admin/users/${id}/impersonate`, reason);
  expect([reply.status, reply.location]).toEqual([303, "/account"]);
  return visitor.cookies.get(name) ?? "";
}

beforeAll(async () => {
  ({ visitor: operator } = await signInOperator());
  account = await service.signUp({ name: "Grace" });
});

describe("acting as a user on the pages", () => {
  it("shows the user's pages under a banner, and opens nothing of how they sign in", async () => {
    await actAs(operator, account.user.id);
    const { text } = await operator.get("/account");
    for (const part of [account.email, "You act as", "/impersonation/end"]) expect(text).toContain(part);
    expect(text).not.toContain('action="/logout"');
    for (const page of [
      "security",
      "password",
      "email",
      "passkeys",
      "two-factor",
      "api-keys",
      "activity",
      "data",
      "data/export",
      "confirm",
    ]) {
      expect([page, (await operator.get(`/account/${page}`)).status]).toEqual([page, 403]);
    }
    for (const form of ["password", "data/delete", "sessions/end-all", "two-factor/enrol"]) {
      expect([form, (await operator.post(`/account/${form}`)).status]).toEqual([form, 403]);
    }
    expect((await operator.get("/admin/users")).status).toBe(403);
    expect((await operator.get("/account/sessions")).text).not.toContain("end-others");
  });

  it("ends by the banner for good, and leads back to the user", async () => {
    const copy = await actAs(operator, account.user.id).catch(() => operator.cookies.get(name) ?? "");
    const ended = await operator.post("/impersonation/end");
    expect([ended.status, ended.location]).toEqual([303, `/admin/users/${account.user.id}?done=stopped`]);
    expect(operator.cookies.has(name)).toBe(false);
    operator.cookies.set(name, copy);
    const replayed = await operator.get("/account");
    expect([replayed.status, replayed.location]).toEqual([303, `/admin/users/${account.user.id}`]);
    // The operator is still signed in, as themselves.
    expect((await operator.get("/admin/users")).status).toBe(200);
  });

  it("ends after 15 minutes, with the operator's session, and with what the user comes to be", async () => {
    const ends: [string, (id: string, operatorId: string) => Promise<unknown>][] = [
      ["the time", async () => service.advance(901)],
      [
        "their session",
        (_, id) =>
          service.database.query("update auth.users set security_epoch = security_epoch + 1 where id = $1", [
            id,
          ]),
      ],
      [
        "their permission",
        (_, id) => service.database.query("delete from auth.user_roles where user_id = $1", [id]),
      ],
      [
        "a suspension",
        (id) => service.database.query("update auth.users set status = 'suspended' where id = $1", [id]),
      ],
      [
        "a role of the user",
        (id) => service.database.query("insert into auth.user_roles values ($1, 'auditor')", [id]),
      ],
    ];
    for (const [what, end] of ends) {
      const { visitor, user, email } = await signInOperator();
      const subject = await service.signUp();
      await actAs(visitor, subject.user.id);
      await end(subject.user.id, user.id);
      const { status, text } = await visitor.get("/account");
      // Either nobody is signed in any more, or the operator is again who they are.
      expect([what, text.includes(subject.email), status === 303 || text.includes(email)]).toEqual([
        what,
        false,
        true,
      ]);
      if (what === "the time") service.advance(-901);
    }
  });

  it("takes no form that was shown before it began or after it ended", async () => {
    const one = await signInOperator();
    const own = await one.visitor.hidden("/account");
    await actAs(one.visitor, account.user.id);
    const theirs = await one.visitor.hidden("/account");
    expect((await one.visitor.post("/account", { ...own, name: "Mixed up" })).status).toBe(409);
    service.advance(901);
    expect((await one.visitor.post("/account", { ...theirs, name: "Mixed up" })).status).toBe(409);
    service.advance(-901);
  });

  it("is of the one session: whoever signs in again has to say why again", async () => {
    const one = await signInOperator();
    const copy = await actAs(one.visitor, account.user.id);
    await one.visitor.post("/logout");
    const again = createVisitor(service);
    await again.logIn(one.email, "Correct-horse-7");
    again.cookies.set(name, copy);
    expect((await again.get("/account")).text).toContain(one.email);
  });

  it("is nobody else's: another operator with the cookie is themselves", async () => {
    const one = await signInOperator();
    const two = await signInOperator();
    two.visitor.cookies.set(name, await actAs(one.visitor, account.user.id));
    expect((await two.visitor.get("/account")).text).toContain(two.email);
    expect(two.visitor.cookies.has(name)).toBe(false);
  });

  it("takes a reason, and no user who may do anything", async () => {
    const one = await signInOperator();
    expect((await one.visitor.post(`/admin/users/${account.user.id}/impersonate`)).status).toBe(422);
    const other = await makeAdmin(service);
    expect((await one.visitor.post(`/admin/users/${other.user.id}/impersonate`, reason)).status).toBe(403);
    expect(one.visitor.cookies.has(name)).toBe(false);
  });
});
