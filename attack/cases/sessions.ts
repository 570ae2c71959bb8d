import type { Tokens } from "../../test/support/client.ts";
import { passkeysOf } from "../../test/support/passkeys.ts";
import type { Attack, Trial } from "../attack.ts";

const refresh = ({ call }: Trial, refresh_token: string) =>
  call<Tokens>("POST", "auth/refresh", { json: { refresh_token } });

const isLive = async ({ call }: Trial, token: string) =>
  (await call("GET", "users/me", { token })).status === 200;

const parallel = 50;

/** @public */
export const sessions: Attack[] = [
  {
    id: "refresh/double-issue",
    what: "One refresh token shown many times at once, for a second family of sessions",
    precedent: "Keycloak CVE-2026-1035; better-auth GHSA-392p-2q2v-4372",
    run: async (trial) => {
      const { refresh_token: first } = await trial.a.signIn();
      const replies = await Promise.all(Array.from({ length: parallel }, () => refresh(trial, first)));
      const issued = new Set(
        replies.flatMap(({ status, body }) => (status === 200 ? [body.refresh_token] : [])),
      );
      trial.tried(parallel);
      trial.expect(issued.size === 1, `${issued.size} successors`);
      trial.expect(!issued.has(first), "the token it replaces came back");
      for (const { status } of replies) trial.expect(status < 500 || status === 503, `answered ${status}`);
    },
  },
  {
    id: "refresh/replay",
    what: "A refresh token whose successor was used, shown again by a thief",
    precedent: "RFC 9700 §4.14.2",
    run: async (trial) => {
      const { refresh_token: first } = await trial.a.signIn();
      const second = (await refresh(trial, first)).body.refresh_token;
      const third = (await refresh(trial, second)).body;
      const again = await refresh(trial, first);
      trial.expect(again.status === 401, `the old one: ${again.status}`);
      trial.expect((await refresh(trial, third.refresh_token)).status === 401, "the family goes on");
      trial.expect(!(await isLive(trial, third.access_token)), "its access token goes on");
    },
  },
  {
    id: "refresh/lost-reply",
    what: "A reply that never came: the client shows the same token again, and must be neither locked out nor served twice",
    precedent: "FAPI 2.0 Security Profile §5.3.2.1",
    run: async (trial) => {
      const { refresh_token: first } = await trial.a.signIn();
      const lost = await refresh(trial, first);
      const again = await refresh(trial, first);
      trial.expect(again.status === 200, `again: ${again.status}`);
      trial.expect(again.body.refresh_token === lost.body.refresh_token, "another successor");
    },
  },
  {
    id: "refresh/forged",
    what: "A refresh token of a later generation, another session or no signature",
    precedent: "RFC 9700 §4.14",
    run: async (trial) => {
      const { refresh_token: token } = await trial.a.signIn();
      const [head = "", body = "", mac = ""] = token.split(".");
      const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
      const other = (await trial.b.tokens()).refresh_token.split(".");
      const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const forged = [
        `${head}.${encode({ ...claims, gen: Number(claims.gen) + 1 })}.${mac}`,
        `${head}.${encode({ ...claims, exp: 99_999_999_999 })}.${mac}`,
        `${head}.${other[1]}.${mac}`,
        `${encode({ alg: "none", typ: "rt+jwt" })}.${body}.`,
        `${head}.${body}.`,
        `${token}=`,
      ];
      for (const each of forged) {
        const { status } = await refresh(trial, each);
        trial.expect(status === 401, `${each.slice(-20)}: ${status}`);
      }
      trial.tried(forged.length);
      trial.expect(
        (await refresh(trial, token)).status === 200,
        "a forgery ended the session it was made from",
      );
    },
  },
  {
    id: "token/kinds",
    what: "A token of one kind in the place of another",
    precedent: "RFC 8725 §3.11; better-auth GHSA-pw9m-5jxm-xr6h",
    run: async (trial) => {
      const { access_token, refresh_token } = await trial.a.tokens();
      trial.expect(!(await isLive(trial, refresh_token)), "a refresh token opens the API");
      trial.expect((await refresh(trial, access_token)).status === 401, "an access token refreshes");
      const places = [
        ["auth/mfa", { mfa_token: access_token, method: "totp", code: "123456" }],
        ["auth/password/reset", { token: access_token, new_password: "Another-horse-8" }],
        ["auth/email/verify", { token: refresh_token }],
        ["auth/magic-link/verify", { flow_id: access_token, token: refresh_token }],
      ] as const;
      for (const [path, json] of places) {
        const { status } = await trial.call("POST", path, { json });
        trial.expect(status === 401 || status === 422, `${path}: ${status}`);
      }
    },
  },
  {
    id: "token/after-logout",
    what: "Tokens that are used after the logout, by one's own and by the end of all others",
    precedent: "better-auth GHSA-2vg6-77g8-24mp",
    run: async (trial) => {
      const [own, other] = [await trial.a.signIn(), await trial.a.signIn()];
      await trial.call("DELETE", "users/me/sessions", { token: own.access_token });
      trial.expect(!(await isLive(trial, other.access_token)), "an ended session opens the API");
      trial.expect((await refresh(trial, other.refresh_token)).status === 401, "an ended session refreshes");
      await trial.call("POST", "auth/logout", { json: { refresh_token: own.refresh_token } });
      trial.expect(!(await isLive(trial, own.access_token)), "after logout it opens the API");
      trial.expect((await refresh(trial, own.refresh_token)).status === 401, "after logout it refreshes");
    },
  },
  {
    id: "session/of-others",
    what: "The sessions, passkeys and keys of another, by their ids",
    precedent: "OWASP API1 (BOLA)",
    run: async (trial) => {
      const { access_token: thief } = await trial.a.tokens();
      const { access_token: owner } = await trial.b.signIn();
      const ceremonies = passkeysOf({ call: trial.call });
      const { passkey } = await ceremonies.enrol(owner, { origin: trial.issuer });
      const made = await trial.call<{ id: string }>("POST", "users/me/api-keys", {
        token: owner,
        json: { name: "attacked", scopes: [] },
      });
      const { session_id: session } = (
        await trial.call<{ session_id: string }>("GET", "users/me", { token: owner })
      ).body;
      const targets = [
        ["DELETE", `users/me/sessions/${session}`],
        ["DELETE", `users/me/passkeys/${passkey.id}`],
        ["PATCH", `users/me/passkeys/${passkey.id}`],
        ...(made.status === 201
          ? [
              ["DELETE", `users/me/api-keys/${made.body.id}`],
              ["POST", `users/me/api-keys/${made.body.id}/rotate`],
            ]
          : []),
      ] as [string, string][];
      for (const [method, path] of targets) {
        const { status } = await trial.call(method, path, {
          token: thief,
          ...(method === "PATCH" && { json: { name: "taken" } }),
        });
        trial.expect(status === 404, `${method} ${path}: ${status}`);
      }
      trial.tried(targets.length);
      trial.expect(await isLive(trial, owner), "the owner's session ended");
      const kept = await trial.call("DELETE", `users/me/passkeys/${passkey.id}`, { token: owner });
      trial.expect(kept.status === 204, `the owner's passkey is gone: ${kept.status}`);
      if (made.status !== 201) return;
      const removed = await trial.call("DELETE", `users/me/api-keys/${made.body.id}`, { token: owner });
      trial.expect(removed.status === 204, `the owner's key is gone: ${removed.status}`);
    },
  },
];
