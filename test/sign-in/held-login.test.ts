import { describe, expect, it } from "vitest";
import { type Account, goodPassword, type Tokens } from "../support/client.ts";
import { heavy } from "../support/heavy.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const interleavings = heavy ? 100 : 15;

/** Holds the statement that opens a session, known by a part of it, until it is released. */
function hold(marker: string) {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reached = new Promise<void>((arrived) => {
    service.onStatement.current = (text) => {
      if (!text.includes(marker)) return undefined;
      service.onStatement.current = undefined;
      arrived();
      return released;
    };
  });
  return { reached, release };
}

type Change = (victim: Account, token: string, admin: string) => Promise<void>;

const expectStatus = async (reply: Promise<{ status: number }>, status: number) =>
  expect((await reply).status).toBe(status);

const post = (path: string, token: string, json?: unknown) =>
  service.call("POST", path, json === undefined ? { token } : { token, json });

const changes: [string, Change][] = [
  [
    "a password change",
    (_, token) =>
      expectStatus(
        post("users/me/password", token, { current_password: goodPassword, new_password: "Another-horse-8" }),
        204,
      ),
  ],
  [
    "a suspension",
    (victim, _, admin) => expectStatus(post(`admin/users/${victim.user.id}/suspend`, admin), 200),
  ],
  [
    "a suspension and a reinstatement",
    async (victim, _, admin) => {
      await expectStatus(post(`admin/users/${victim.user.id}/suspend`, admin), 200);
      await expectStatus(post(`admin/users/${victim.user.id}/reinstate`, admin), 200);
    },
  ],
  ["a logout everywhere", (_, token) => expectStatus(post("auth/logout-all", token), 204)],
  ["a password reset", (victim) => resetPassword(victim)],
  [
    "a takeover",
    async ({ email }) => {
      const { token } = await service.mailTo(email, "verify_email");
      const json = { token, new_password: "Another-horse-8" };
      await expectStatus(service.call("POST", "auth/email/verify", { json }), 200);
    },
  ],
  ["a deletion", (_, token) => expectStatus(service.call("DELETE", "users/me", { token }), 204)],
];

async function resetPassword({ email }: Account): Promise<void> {
  await service.call("POST", "auth/password/forgot", { json: { email } });
  const { token } = await service.mailTo(email, "password_reset");
  const json = { token, new_password: "Another-horse-8" };
  await expectStatus(service.call("POST", "auth/password/reset", { json }), 204);
}

/** Whatever came of the sign-in: its tokens open nothing. */
async function expectDead(body: { access_token: string; refresh_token: string }): Promise<void> {
  expect((await service.call("GET", "users/me", { token: body.access_token })).status).toBe(401);
  expect((await service.refresh(body.refresh_token)).status).toBe(401);
}

describe("a login held between its two statements", () => {
  it.each(changes)(`cannot outlive %s, in ${interleavings} interleavings`, async (_, change) => {
    const admin = await service.signUp();
    await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
    const outcomes = { refused: 0, dead: 0 };
    for (let i = 0; i < interleavings; i++) {
      const victim = await service.signUp();
      const held = hold("signed_in as (");
      const login = service.logIn(victim.email);
      await held.reached;
      const changed = change(victim, victim.access_token, admin.access_token);
      // By turns: the login goes on after the change, with it, or a moment into it.
      if (i % 3 === 0) await changed;
      if (i % 3 === 2) await new Promise((wake) => setTimeout(wake, i % 7));
      held.release();
      const [reply] = await Promise.all([login, changed]);
      if (reply.status !== 200) {
        outcomes.refused++;
        continue;
      }
      outcomes.dead++;
      await expectDead(reply.body);
    }
    expect(outcomes.refused + outcomes.dead).toBe(interleavings);
  });
});

describe("a magic link held between its two statements", () => {
  it.each(changes.filter(([name]) => name !== "a takeover"))("cannot outlive %s", async (_, change) => {
    const admin = await service.signUp();
    await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
    for (let i = 0; i < 20; i++) {
      const victim = await service.signUp();
      await service.database.query("update auth.users set email_verified = true where id = $1", [
        victim.user.id,
      ]);
      const { body } = await service.call("POST", "auth/magic-link", { json: { email: victim.email } });
      const { token } = await service.mailTo(victim.email, "magic_link");
      const held = hold("insert into auth.sessions");
      const entering = service.call<Tokens>("POST", "auth/magic-link/verify", {
        json: { flow_id: body.flow_id, token },
      });
      await held.reached;
      const changed = change(victim, victim.access_token, admin.access_token);
      if (i % 2 === 0) await changed;
      held.release();
      const [reply] = await Promise.all([entering, changed]);
      // Otherwise it came first, and was ended by what came after it.
      if (reply.status === 200) await expectDead(reply.body);
      else expect(reply.status).toBe(401);
    }
  });
});
