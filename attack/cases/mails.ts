import { request } from "node:http";
import { request as requestTls } from "node:https";
import type { Attack, Trial } from "../attack.ts";
import { refused } from "../refused.ts";

const parallel = 20;

const forgot = ({ call }: Trial, email: unknown, headers: Record<string, string> = {}) =>
  call("POST", "auth/password/forgot", { json: { email }, headers });

/** With a Host that is not the URL's, which `fetch` cannot send. */
function forgotAt(origin: string, host: string, email: string): Promise<number> {
  const send = origin.startsWith("https:") ? requestTls : request;
  const headers = { host, "content-type": "application/json" };
  return new Promise((done, failed) => {
    const sent = send(`${origin}/api/v1/auth/password/forgot`, { method: "POST", headers }, (reply) => {
      reply.resume().once("end", () => done(reply.statusCode ?? 0));
    });
    sent.once("error", failed).end(JSON.stringify({ email }));
  });
}

const reset = ({ call }: Trial, token: string, new_password: string) =>
  call("POST", "auth/password/reset", { json: { token, new_password } });

const evil = "evil.example";

async function expectOwnLink(trial: Trial, template: string, since: number): Promise<void> {
  const mail = await trial.mail(trial.a.email, template, since);
  trial.expect(mail.link.startsWith(`${trial.issuer}/`), `the link leads to ${mail.link.split("?")[0]}`);
  trial.expect(!`${mail.text}${mail.html}`.includes(evil), "the mail names the host");
}

/** @public */
export const mails: Attack[] = [
  {
    id: "mail/host-poisoning",
    what: "A mailed link to the host that the request names, for the victim to click",
    precedent: "Supabase GHSA-3529-5m8x-rpv3",
    needs: ["mail"],
    run: async (trial) => {
      const since = Date.now();
      const status = await forgotAt(trial.origin, evil, trial.a.email).catch(() => 0);
      // A host that is not served at all is refused before us, which is as good.
      if (status === 202) await expectOwnLink(trial, "password_reset", since);
    },
  },
  {
    id: "mail/headers-poisoning",
    what: "The same by the headers that proxies set",
    precedent: "Supabase GHSA-3529-5m8x-rpv3",
    needs: ["mail"],
    run: async (trial) => {
      const since = Date.now();
      const headers = {
        "x-forwarded-host": evil,
        forwarded: `host=${evil}`,
        "x-host": evil,
        "x-original-host": evil,
        "x-forwarded-server": evil,
        "x-original-url": `https://${evil}/`,
        origin: `https://${evil}`,
        referer: `https://${evil}/`,
      };
      const asked = await trial.call("POST", "auth/magic-link", { json: { email: trial.a.email }, headers });
      if (asked.status !== 202) throw refused("the request for a magic link", asked);
      await expectOwnLink(trial, "magic_link", since);
    },
  },
  {
    id: "mail/other-recipients",
    what: "Lists, copies and headers in the place of one address, to have a victim's link sent to others too",
    precedent: "GitLab CVE-2023-7028",
    run: async (trial) => {
      const other = `evil-${Date.now()}@example.com`;
      const { email } = trial.a;
      const values = [
        [email, other],
        [other, email],
        `${email},${other}`,
        `${email};${other}`,
        `${email} ${other}`,
        `${email}\r\nBcc: ${other}`,
        `${email}%0d%0aBcc:${other}`,
        `<${email}>`,
        `"x" <${email}>`,
        `${email}\u0000${other}`,
        { $ne: null },
        { email },
        null,
        1,
        true,
        "",
      ];
      for (const value of values) {
        for (const path of ["auth/password/forgot", "auth/magic-link", "auth/email/verification"]) {
          const { status } = await trial.call("POST", path, { json: { email: value } });
          trial.expect(status === 422, `${path} ${JSON.stringify(value)}: ${status}`);
          trial.tried(1);
        }
      }
    },
  },
  {
    id: "mail/lookalikes",
    what: "Addresses that some databases and libraries take for the victim's, to have the link sent to the look-alike",
    precedent: "Auth.js GHSA-7rqj-j65f-68wh; Django CVE-2019-19844; GitHub 2019",
    needs: ["mail"],
    run: async (trial) => {
      const [name = "", host = ""] = trial.a.email.split("@");
      const full = [...name]
        .map((each) => String.fromCodePoint((each.codePointAt(0) ?? 33) + 0xfee0))
        .join("");
      const likes = [
        `${name}\uff20${host}`,
        `${full}@${host}`,
        `${name}\u200b@${host}`,
        `${name}@${host}.`,
        `"${name}"@${host}`,
        `${name}@${host.replace("e", "\u0435")}`,
        `${name.replace(/[ik]/, "\u0131")}x@${host}`,
        ` ${name}@${host}`,
      ];
      for (const email of likes) {
        const { status } = await forgot(trial, email);
        trial.expect(status === 202 || status === 422, `${email}: ${status}`);
        trial.tried(1);
      }
      // As long as a mail may take where it is no accident that none came.
      await new Promise((wake) => setTimeout(wake, 3000));
      for (const email of likes) {
        const sent = await trial.mails(email);
        trial.expect(
          sent.every(({ template }) => template !== "password_reset"),
          `a link went to ${email}`,
        );
      }
    },
  },
  {
    id: "reset/older-link",
    what: "An older reset link, after a newer one was asked for",
    precedent: "authentik CVE-2023-26481",
    needs: ["mail"],
    run: async (trial) => {
      const first = Date.now();
      await forgot(trial, trial.a.email);
      const older = await trial.mail(trial.a.email, "password_reset", first);
      await new Promise((wake) => setTimeout(wake, 50));
      const second = Date.now();
      await forgot(trial, trial.a.email);
      await trial.mail(trial.a.email, "password_reset", second);
      const { status } = await reset(trial, older.token, `${trial.a.password}-z`);
      trial.expect(status === 401, `the older link: ${status}`);
      if (status === 204) trial.a.password = `${trial.a.password}-z`;
    },
  },
  {
    id: "reset/race",
    what: "One reset link used many times at once, after a mail scanner has opened it",
    precedent: "authentik CVE-2023-26481",
    needs: ["mail"],
    run: async (trial) => {
      const { b } = trial;
      const live = await b.signIn();
      const since = Date.now();
      await forgot(trial, b.email);
      const { token, link } = await trial.mail(b.email, "password_reset", since);
      const path = link.slice(trial.issuer.length);
      for (let n = 0; n < 3; n++) {
        const { status, headers } = await trial.call("GET", path);
        trial.expect(status < 400, `opened: ${status}`);
        trial.expect(
          headers.get("referrer-policy") === "no-referrer",
          "the page may tell where it comes from",
        );
        trial.expect(/no-store/.test(headers.get("cache-control") ?? ""), "the page may be kept");
      }
      const before = b.password;
      const tries = Array.from({ length: parallel }, (_, n) => `${before}-${n}`);
      const replies = await Promise.all(tries.map((next) => reset(trial, token, next)));
      trial.tried(parallel);
      const taken = replies.flatMap(({ status }, n) => (status === 204 ? [tries[n] ?? ""] : []));
      trial.expect(taken.length === 1, `${taken.length} were taken`);
      b.password = taken.at(-1) ?? before;
      const later = await reset(trial, token, `${before}-later`);
      trial.expect(later.status === 401, `once more: ${later.status}`);
      const { status } = await trial.call("GET", "users/me", { token: live.access_token });
      trial.expect(status === 401, `a session from before: ${status}`);
    },
  },
  {
    id: "mail/purpose",
    what: "A link of one purpose used for another",
    precedent: "ASVS V6.6.2",
    needs: ["mail"],
    run: async (trial) => {
      const since = Date.now();
      const begun = await trial.call<{ flow_id: string }>("POST", "auth/magic-link", {
        json: { email: trial.a.email },
      });
      const { token, code } = await trial.mail(trial.a.email, "magic_link", since);
      const uses = [
        ["auth/password/reset", { token, new_password: `${trial.a.password}-q` }],
        ["auth/email/verify", { token, password: trial.a.password }],
        ["auth/email/verify", { flow_id: begun.body.flow_id, code, password: trial.a.password }],
        ["auth/refresh", { refresh_token: token }],
        ["auth/magic-link/verify", { flow_id: "0199a1b2-0000-7000-8000-000000000000", token }],
      ] as const;
      for (const [path, json] of uses) {
        const { status } = await trial.call("POST", path, { json });
        trial.expect(status === 401 || status === 422, `${path}: ${status}`);
      }
      const bearer = await trial.call("GET", "users/me", { token });
      trial.expect(bearer.status === 401, `as bearer: ${bearer.status}`);
    },
  },
];
