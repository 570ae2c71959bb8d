import { describe, expect, it } from "vitest";
import { freshEmail, goodPassword } from "./support/client.ts";
import { heavy } from "./support/heavy.ts";
import { useService } from "./support/service.ts";
import { allowedGap, compareTimes } from "./support/timing.ts";

const open = useService();
const required = useService({ EMAIL_VERIFICATION: "required" });

/** Few rounds say nothing of time: then only that all are answered. */
const rounds = heavy ? 1000 : 3;

const routes = {
  "a forgotten password": [open, "auth/password/forgot", (email: string) => ({ email })],
  "a magic link": [open, "auth/magic-link", (email: string) => ({ email })],
  "a verification": [open, "auth/email/verification", (email: string) => ({ email })],
  "a sign-up that verifies first": [
    required,
    "auth/signup",
    (email: string) => ({ email, password: goodPassword }),
  ],
  "a login": [open, "auth/login", (email: string) => ({ email, password: "Wrong-horse-7" })],
  "a login where addresses are verified first": [
    required,
    "auth/login",
    (email: string) => ({ email, password: "Wrong-horse-7" }),
  ],
} as const;

describe("the time it takes does not tell which addresses exist", () => {
  it.each(Object.entries(routes))(
    "by %s",
    async (name, [service, path, body]) => {
      const email = freshEmail();
      const hash = await service.deps.passwords.hash(goodPassword, "sign-up");
      await service.database.query(
        `insert into auth.users (id, email, email_key, email_verified, password_hash, created_at, updated_at)
       values (gen_random_uuid(), $1, $1, true, $2, now(), now())`,
        [email, hash],
      );
      const ask = (address: () => string) => async () => {
        const { status } = await service.call("POST", path, { json: body(address()), ip: "192.0.2.1" });
        expect([path, [200, 202, 401].includes(status)]).toEqual([path, true]);
      };
      const arms = { known: ask(() => email), unknown: ask(freshEmail), again: ask(() => email) };
      const medians = await compareTimes(arms, rounds, () =>
        service.database.query("delete from auth.throttle_windows"),
      );
      if (!heavy) return;
      const { known, unknown, again } = medians;
      const [shownKnown, shownUnknown, shownAgain] = [known, unknown, again].map((ms) => ms.toFixed(2));
      console.log(
        `${name}, medians in ms: known ${shownKnown}, unknown ${shownUnknown}, again ${shownAgain}`,
      );
      expect(Math.abs(known - unknown)).toBeLessThanOrEqual(allowedGap(medians));
    },
    600_000,
  );
});
