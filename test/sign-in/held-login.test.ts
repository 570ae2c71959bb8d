import { describe, expect, it } from "vitest";
import { type Account, goodPassword } from "../support/client.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const interleavings = 100;

/** Holds the statement that opens the session until the promise it answers with is released. */
function holdLogin() {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reached = new Promise<void>((arrived) => {
    service.onStatement.current = (text) => {
      if (!text.includes("with signed_in as")) return undefined;
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
];

describe("a login held between its two statements", () => {
  it.each(changes)(`cannot outlive %s, in ${interleavings} interleavings`, async (_, change) => {
    const admin = await service.signUp();
    await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
    const outcomes = { refused: 0, dead: 0 };
    for (let i = 0; i < interleavings; i++) {
      const victim = await service.signUp();
      const hold = holdLogin();
      const login = service.logIn(victim.email);
      await hold.reached;
      const changed = change(victim, victim.access_token, admin.access_token);
      // By turns: the login goes on after the change, with it, or a moment into it.
      if (i % 3 === 0) await changed;
      if (i % 3 === 2) await new Promise((wake) => setTimeout(wake, i % 7));
      hold.release();
      const [reply] = await Promise.all([login, changed]);
      if (reply.status !== 200) {
        outcomes.refused++;
        continue;
      }
      outcomes.dead++;
      expect((await service.call("GET", "users/me", { token: reply.body.access_token })).status).toBe(401);
      expect((await service.refresh(reply.body.refresh_token)).status).toBe(401);
    }
    expect(outcomes.refused + outcomes.dead).toBe(interleavings);
  });
});
