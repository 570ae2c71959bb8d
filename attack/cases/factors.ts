import type { Tokens } from "../../test/support/client.ts";
import { codeOf } from "../../test/support/factors.ts";
import type { Attack } from "../attack.ts";
import { enrol, halfWay, showFactor as show, signInFully } from "../second-factor.ts";

const parallel = 20;

const wrong = (code: string, n: number) => String((Number(code) + n + 1) % 1_000_000).padStart(6, "0");

/** @public */
export const factors: Attack[] = [
  {
    id: "mfa/password-alone",
    what: "Tokens for the password alone, where there is a second factor; and what comes instead, used as tokens",
    precedent: "better-auth GHSA-xg6x-h9c9-2m83; ASVS V6.3.3",
    run: async (trial) => {
      await enrol(trial);
      const half = await trial.call<Partial<Tokens> & { mfa_token: string }>("POST", "auth/login", {
        json: { email: trial.b.email, password: trial.b.password },
      });
      trial.expect(half.status === 403 && !half.body.access_token, `login: ${half.status}`);
      const { body } = await trial.call<{ paths: Record<string, Record<string, object>> }>(
        "GET",
        "/openapi.json",
      );
      for (const [path, methods] of Object.entries(body.paths)) {
        if (!path.startsWith("/api/v1/users/me") && !path.startsWith("/api/v1/admin")) continue;
        for (const method of Object.keys(methods)) {
          const { status } = await trial.call(
            method.toUpperCase(),
            path.replace(/\{\w+\}/g, "0199a1b2-0000-7000-8000-000000000000"),
            { token: half.body.mfa_token },
          );
          trial.expect(status === 401, `${method} ${path}: ${status}`);
          trial.tried(1);
        }
      }
      const refreshed = await trial.call("POST", "auth/refresh", {
        json: { refresh_token: half.body.mfa_token },
      });
      trial.expect(refreshed.status === 401, `refresh: ${refreshed.status}`);
    },
  },
  {
    id: "mfa/code-replay",
    what: "One code shown many times at once, and once more",
    precedent: "Vikunja CVE-2026-35597; ASVS V6.5.1",
    run: async (trial) => {
      const { secret } = await enrol(trial);
      const halves = [];
      for (let n = 0; n < 4; n++) halves.push(await halfWay(trial));
      const code = codeOf(secret, new Date(), 1);
      const replies = await Promise.all(
        halves.flatMap((half) => [show(trial, half, code), show(trial, half, code)]),
      );
      const taken = replies.filter(({ status }) => status === 200).length;
      trial.tried(replies.length);
      trial.expect(taken === 1, `${taken} were taken`);
      const again = await show(trial, await halfWay(trial), code);
      trial.expect(again.status === 401 || again.status === 429, `once more: ${again.status}`);
    },
  },
  {
    id: "mfa/code-guessing",
    what: "Guesses of a code, one after the other and at once",
    precedent: "AuthQuake 2024; Vikunja CVE-2026-35597",
    run: async (trial) => {
      const { secret, recoveryCodes } = await enrol(trial);
      const half = await halfWay(trial);
      const now = codeOf(secret, new Date());
      const guesses = Array.from({ length: parallel }, (_, n) => show(trial, half, wrong(now, n)));
      const replies = await Promise.all(guesses);
      trial.tried(parallel);
      trial.expect(
        replies.every(({ status }) => status === 401 || status === 429),
        "a guess was taken",
      );
      const right = await show(trial, half, recoveryCodes[2] ?? "", "recovery_code");
      trial.expect(right.status !== 200, `after ${parallel} guesses the sign-in can still be finished`);
    },
  },
  {
    id: "mfa/recovery-race",
    what: "One recovery code spent many times at once",
    precedent: "ASVS V6.5.1",
    run: async (trial) => {
      const { recoveryCodes } = await enrol(trial);
      const [code = ""] = recoveryCodes;
      const half = await halfWay(trial);
      const replies = await Promise.all(
        Array.from({ length: parallel }, () => show(trial, half, code, "recovery_code")),
      );
      trial.tried(parallel);
      const taken = replies.filter(({ status }) => status === 200).length;
      trial.expect(taken <= 1, `${taken} were taken`);
      const again = await show(trial, await halfWay(trial), code, "recovery_code");
      trial.expect(again.status !== 200, "it was taken once more");
    },
  },
  {
    id: "mfa/reset-bypass",
    what: "A new password by mail as the way around the second factor",
    precedent: "ASVS V6.4.3",
    needs: ["mail"],
    run: async (trial) => {
      await enrol(trial);
      const since = Date.now();
      await trial.call("POST", "auth/password/forgot", { json: { email: trial.b.email } });
      const { token } = await trial.mail(trial.b.email, "password_reset", since);
      const next = `${trial.b.password}-m`;
      const done = await trial.call<Partial<Tokens>>("POST", "auth/password/reset", {
        json: { token, new_password: next },
      });
      if (done.status === 204) trial.b.password = next;
      trial.expect(!done.body.access_token, "the reset itself gives tokens");
      const reply = await trial.call("POST", "auth/login", {
        json: { email: trial.b.email, password: trial.b.password },
      });
      trial.expect(reply.status === 403, `login with the new password: ${reply.status}`);
    },
  },
  {
    id: "mfa/second-app",
    what: "Another app over the one there is, or the end of it, by a session that lacks the second factor",
    precedent: "ASVS V7.5.1",
    run: async (trial) => {
      const { older } = await enrol(trial);
      const { access_token: whole } = await signInFully(trial);
      for (const [what, token, wanted] of [
        ["a session without it", older.access_token, [401, 403]],
        ["a session with it", whole, [409]],
      ] as const) {
        const begun = await trial.call("POST", "users/me/mfa/totp", { token });
        const statuses: readonly number[] = wanted;
        trial.expect(statuses.includes(begun.status), `another app by ${what}: ${begun.status}`);
      }
      const taken = await trial.call("DELETE", "users/me/mfa/totp", { token: older.access_token });
      trial.expect(taken.status === 401 || taken.status === 403, `the end of it: ${taken.status}`);
      const codes = await trial.call("POST", "users/me/mfa/recovery-codes", { token: older.access_token });
      trial.expect(codes.status === 401 || codes.status === 403, `new recovery codes: ${codes.status}`);
    },
  },
];
