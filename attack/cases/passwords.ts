import type { Attack, Trial } from "../attack.ts";
import { refused } from "../refused.ts";

const common = [
  "P@ssw0rd",
  "1qaz@WSX",
  "!QAZ2wsx",
  "Pa$$w0rd",
  "Password1",
  "qwerty123",
  "iloveyou1",
  "Password123",
  "Welcome1",
  "abc123456",
];

async function change(trial: Trial, token: string, next: string, current = trial.a.password) {
  const json = { current_password: current, new_password: next };
  const reply = await trial.call("POST", "users/me/password", { token, json });
  if (reply.status === 204) trial.a.password = next;
  return reply;
}

/** @public */
export const passwords: Attack[] = [
  {
    id: "password/change-by-thief",
    what: "A stolen access token sets a new password, without the old one",
    precedent: "ASVS V6.2.3",
    run: async (trial) => {
      const { access_token: token } = await trial.a.tokens();
      const next = `${trial.a.password}-x`;
      const bodies = [
        { new_password: next },
        { current_password: "", new_password: next },
        { current_password: null, new_password: next },
        { current_password: `${trial.a.password} `, new_password: next },
        { password: next },
      ];
      for (const json of bodies) {
        const { status } = await trial.call("POST", "users/me/password", { token, json });
        trial.expect(status === 401 || status === 422, `${Object.keys(json)}: ${status}`);
      }
      trial.tried(bodies.length);
      const { status } = await trial.call("PATCH", "users/me", { token, json: { password: next } });
      trial.expect(status === 422, `PATCH: ${status}`);
    },
  },
  {
    id: "password/sessions-after-change",
    what: "A session that a thief has goes on after the password was changed",
    precedent: "ASVS V7.4.3",
    run: async (trial) => {
      const [own, thief] = [await trial.a.signIn(), await trial.a.signIn()];
      const before = trial.a.password;
      const changed = await change(trial, own.access_token, `${before}-y`);
      if (changed.status !== 204) throw refused("the change", changed);
      const access = await trial.call("GET", "users/me", { token: thief.access_token });
      const refreshed = await trial.call("POST", "auth/refresh", {
        json: { refresh_token: thief.refresh_token },
      });
      trial.expect(access.status === 401, `its access token: ${access.status}`);
      trial.expect(refreshed.status === 401, `its refresh token: ${refreshed.status}`);
      await change(trial, (await trial.a.tokens()).access_token, before);
    },
  },
  {
    id: "password/truncation",
    what: "Only the beginning of a long password counts, or what is before a zero byte",
    precedent: "Okta 2024, bcrypt after 52 characters",
    run: async (trial) => {
      const before = trial.a.password;
      const long = `Aa1-${"x".repeat(70)}\u0000end`;
      const changed = await change(trial, (await trial.a.tokens()).access_token, long);
      if (changed.status !== 204) throw refused("the change", changed);
      for (const other of [
        `${long.slice(0, 72)}y\u0000end`,
        long.slice(0, 74),
        `${long.slice(0, 75)}END`,
        long.slice(0, 72),
      ]) {
        const { status } = await trial.call("POST", "auth/login", {
          json: { email: trial.a.email, password: other },
        });
        trial.expect(status !== 200, `another of ${other.length} characters is taken`);
        trial.tried(1);
      }
      await change(trial, (await trial.a.tokens()).access_token, before);
    },
  },
  {
    id: "password/common",
    what: "Passwords that everybody tries first",
    precedent: "ASVS V6.2.4",
    run: async (trial) => {
      const { access_token: token } = await trial.a.tokens();
      const before = trial.a.password;
      const own = trial.a.email.split("@")[0] ?? "";
      for (const next of [...common, `${own.charAt(0).toUpperCase()}${own.slice(1)}-1`]) {
        const { status } = await change(trial, token, next, before);
        trial.expect(status === 422, `${next}: ${status}`);
        trial.tried(1);
        if (status === 204) await change(trial, (await trial.a.tokens()).access_token, before);
      }
    },
  },
  {
    id: "password/long",
    what: "Passwords of a megabyte, to be hashed",
    precedent: "Django CVE-2013-1443",
    run: async (trial) => {
      for (const [length, statuses] of [
        [1_000_000, [413]],
        [60_000, [401, 422]],
      ] as const) {
        const json = { email: trial.a.email, password: "x".repeat(length) };
        const { status } = await trial.call("POST", "auth/login", { json });
        trial.expect((statuses as readonly number[]).includes(status), `${length} characters: ${status}`);
      }
    },
  },
];
