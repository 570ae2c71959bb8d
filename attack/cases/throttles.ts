import type { Attack, Trial } from "../attack.ts";

/** Many more than any sensible limit for an account from one network. */
const guesses = 60;
const atOnce = 6;
/** What is documented: THROTTLE_LOGIN_ACCOUNT_NETWORK. */
const limit = 10;

const guess = ({ call, b }: Trial, headers: Record<string, string> = {}, n = 0) =>
  call("POST", "auth/login", { json: { email: b.email, password: `Wrong-guess-${n}` }, headers });

const claimed = [
  "x-forwarded-for",
  "x-real-ip",
  "forwarded",
  "true-client-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "fastly-client-ip",
];

/** These use the limits up, and so come last. @public */
export const throttles: Attack[] = [
  {
    id: "throttle/guessing",
    what: "Guesses of one account's password, several at once",
    precedent: "AIL CVE-2026-56450; ASVS V6.3.1",
    run: async (trial) => {
      const replies = [];
      for (let done = 0; done < guesses; done += atOnce) {
        replies.push(
          ...(await Promise.all(Array.from({ length: atOnce }, (_, n) => guess(trial, {}, done + n)))),
        );
      }
      trial.tried(replies.length);
      const judged = replies.filter(({ status }) => status === 401).length;
      const refused = replies.filter(({ status }) => status === 429);
      trial.expect(judged <= limit, `${judged} of ${guesses} guesses were judged`);
      trial.expect(refused.length > 0, "none was refused");
      trial.expect(
        refused.every(({ headers }) => Number(headers.get("retry-after")) > 0),
        "429 without Retry-After",
      );
    },
  },
  {
    id: "throttle/claimed-address",
    what: "More guesses from addresses that headers claim",
    precedent: "authentik CVE-2023-36456; better-auth CVE-2026-45364",
    run: async (trial) => {
      // On Cloudflare nobody else can set it; a Worker that runs by itself believes it.
      const names = trial.runtime === "workers" ? claimed : [...claimed, "cf-connecting-ip"];
      for (const [at, name] of names.entries()) {
        for (let n = 0; n < 3; n++) {
          const address = n === 2 ? `2001:db8:${at}::1` : `198.51.${at}.${n + 1}`;
          const { status } = await guess(
            trial,
            { [name]: name === "forwarded" ? `for="${address}"` : address },
            n,
          );
          trial.expect(status === 429, `${name}: ${status}`);
          trial.tried(1);
        }
      }
    },
  },
  {
    id: "throttle/mail-bombing",
    what: "Mails by the dozen to somebody else's address",
    precedent: "ASVS V6.3.1",
    needs: ["mail"],
    run: async (trial) => {
      const since = Date.now() - 15 * 60_000;
      for (let n = 0; n < 12; n++) {
        const { status } = await trial.call("POST", "auth/password/forgot", {
          json: { email: trial.a.email },
        });
        trial.expect(status === 202 || status === 429, `answered ${status}`);
        trial.tried(1);
      }
      await new Promise((wake) => setTimeout(wake, 3000));
      const mails = (await trial.mails(trial.a.email)).filter(
        ({ template, created_at: at }) => template === "password_reset" && Date.parse(at) >= since,
      );
      trial.expect(mails.length <= 3, `${mails.length} mails in a quarter of an hour`);
    },
  },
];
