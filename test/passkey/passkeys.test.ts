import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { createAuthenticator } from "../support/authenticator.ts";
import { inParallel, tally } from "../support/heavy.ts";
import { holdLock } from "../support/lock.ts";
import { type Passkey, passkeysIn } from "../support/passkeys.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const {
  creationOptions,
  requestOptions,
  submit,
  signIn,
  enrol,
  change,
  signInBy,
  countOf,
  eventsOf,
  firstStep,
} = passkeysIn(service);

const two = "urn:gatehouse:acr:2";
const one = "urn:gatehouse:acr:1";
const listed = async (token: string) =>
  (await service.call<{ data: Passkey[] }>("GET", "users/me/passkeys", { token })).body.data;
const acrAfterRefresh = async (tokens: { refresh_token: string }) =>
  decodeJwt((await service.refresh(tokens.refresh_token)).body.access_token).acr;

describe("a passkey", () => {
  it("is registered, raises the session that asked, is told of, and signs in without a name", async () => {
    const account = await service.signUp();
    const { authenticator, passkey: made } = await enrol(account.access_token);
    expect(made).toMatchObject({ name: "Passkey", transports: ["internal"], last_used_at: null });
    expect(await acrAfterRefresh(account)).toBe(two);
    const me = await service.call("GET", "users/me", { token: account.access_token });
    expect(me.body.mfa_enabled).toBe(true);
    const reply = await signInBy(authenticator);
    expect(reply.status, reply.text).toBe(200);
    const claims = decodeJwt(reply.body.access_token);
    expect(claims).toMatchObject({ sub: account.user.id, acr: two, amr: ["hwk", "user", "mfa"] });
    expect(await listed(reply.body.access_token)).toMatchObject([
      { id: made.id, last_used_at: expect.any(String) },
    ]);
    expect(await eventsOf(account, "passkey.")).toEqual(["passkey.registered"]);
    await service.mailTo(account.email, "factor_changed");
  });

  it.each(["ES256", "EdDSA", "RS256"] as const)("may sign by %s", async (alg) => {
    const account = await service.signUp();
    const { authenticator } = await enrol(account.access_token, { alg });
    expect((await signInBy(authenticator)).status).toBe(200);
  });

  it("that is copied to other devices counts as in software, and keeps no counter", async () => {
    const account = await service.signUp();
    const { authenticator } = await enrol(account.access_token, { synced: true });
    for (const _ of [1, 2]) {
      const reply = await signInBy(authenticator);
      expect(decodeJwt(reply.body.access_token).amr).toEqual(["swk", "user", "mfa"]);
    }
    // Whether it can be copied is settled when it is made.
    const { authenticator: bound } = await enrol((await signInBy(authenticator)).body.access_token);
    expect((await signInBy(bound, { synced: true })).body.code).toBe("invalid_proof");
  });

  it("is the second factor after a password, of its own user only, and once", async () => {
    const account = await service.signUp();
    const { authenticator } = await enrol(account.access_token);
    const mfaToken = await firstStep(account);
    const options = await requestOptions({ mfa_token: mfaToken });
    expect(options.allowCredentials).toMatchObject([{ id: authenticator.credentialId }]);
    const other = await enrol((await service.signUp()).access_token);
    const foreign = await signIn(options.flow_id, other.authenticator.assert(options));
    expect([foreign.status, foreign.body.code]).toEqual([401, "invalid_proof"]);
    // A user handle is not needed where the first step named the user.
    const reply = await signIn(options.flow_id, authenticator.assert(options, { userHandle: null }));
    expect(reply.status, reply.text).toBe(200);
    expect(decodeJwt(reply.body.access_token)).toMatchObject({
      acr: two,
      amr: ["pwd", "hwk", "user", "mfa"],
    });
    const again = await service.call("POST", "auth/passkey/options", { json: { mfa_token: mfaToken } });
    expect([again.status, again.body.code]).toEqual([401, "invalid_proof"]);
  });

  it("makes one session of one first step, by however many flows", async () => {
    const account = await service.signUp();
    const { authenticator } = await enrol(account.access_token, { synced: true });
    const mfaToken = await firstStep(account);
    const flows = await inParallel(5, () => requestOptions({ mfa_token: mfaToken }));
    const replies = await inParallel(5, (index) => {
      const options = flows[index] as (typeof flows)[number];
      return signIn(options.flow_id, authenticator.assert(options));
    });
    expect(tally(replies.map(({ status }) => status))).toEqual({ 200: 1, 401: 4 });
  });

  it("is named after its maker, or as its owner says", async () => {
    const { access_token: token } = await service.signUp();
    const aaguid = "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4";
    const { passkey: made } = await enrol(token, { aaguid });
    expect(made).toMatchObject({ name: "Google Password Manager", aaguid });
    const renamed = await change("PATCH", made.id, token, { name: " Work laptop " });
    expect([renamed.status, renamed.body.name]).toEqual([200, "Work laptop"]);
    const options = await creationOptions(token);
    expect(options.excludeCredentials).toHaveLength(1);
    const named = await submit(token, options.flow_id, createAuthenticator().register(options), "Key ring");
    expect(named.body.name).toBe("Key ring");
    expect((await listed(token)).map(({ name }) => name)).toEqual(["Key ring", "Work laptop"]);
    for (const name of ["", "x".repeat(65), "a\u202eb"]) {
      expect((await change("PATCH", made.id, token, { name })).status).toBe(422);
    }
  });

  it("is nobody else's to rename or to remove", async () => {
    const { passkey: made } = await enrol((await service.signUp()).access_token);
    const { access_token: token } = await service.signUp();
    for (const id of [made.id, crypto.randomUUID(), "x"]) {
      expect((await change("PATCH", id, token, { name: "Mine" })).status).toBe(404);
      expect((await change("DELETE", id, token)).status).toBe(404);
    }
  });

  it("takes along what sessions had by it when it is removed, and with the last all that stood in for it", async () => {
    const account = await service.signUp();
    const first = await enrol(account.access_token);
    const second = await enrol(account.access_token);
    const byFirst = (await signInBy(first.authenticator)).body;
    const bySecond = (await signInBy(second.authenticator)).body;
    expect((await change("DELETE", first.passkey.id, bySecond.access_token)).status).toBe(204);
    expect([await acrAfterRefresh(byFirst), await acrAfterRefresh(bySecond)]).toEqual([one, two]);
    expect((await signInBy(first.authenticator)).body.code).toBe("invalid_proof");
    await service.database.query(
      "insert into auth.recovery_codes (user_id, hash, created_at) values ($1, 'x', now())",
      [account.user.id],
    );
    // The session that has only one factor now may not take the other away.
    const stale = await change("DELETE", second.passkey.id, byFirst.access_token);
    expect([stale.status, stale.body.methods]).toEqual([401, ["passkey", "recovery_code"]]);
    expect((await change("DELETE", second.passkey.id, bySecond.access_token)).status).toBe(204);
    const left = await service.database.query("select 1 from auth.recovery_codes where user_id = $1", [
      account.user.id,
    ]);
    expect([await countOf(account), left]).toEqual([0, []]);
    expect(await eventsOf(account, "passkey.")).toEqual([
      ...["passkey.registered", "passkey.registered", "passkey.removed", "passkey.removed"],
    ]);
  });

  it("is counted right when several are added or removed at once", async () => {
    const account = await service.signUp();
    const { authenticator } = await enrol(account.access_token);
    // By the passkey that stays: a session loses its second factor with the passkey it had it by.
    const { access_token: token } = (await signInBy(authenticator)).body;
    const made = await inParallel(4, () => enrol(account.access_token));
    expect(await countOf(account)).toBe(5);
    const remove = (index: number) => change("DELETE", made[index]?.passkey.id ?? "", token);
    const replies = await inParallel(4, remove);
    // Whoever waited for another gives up, since it does not see what happened meanwhile.
    expect(replies.every(({ status }) => status === 204 || status === 409)).toBe(true);
    expect(replies.some(({ status }) => status === 204)).toBe(true);
    for (const index of [0, 1, 2, 3]) await remove(index);
    expect(await countOf(account)).toBe(1);
    expect(await listed(token)).toHaveLength(1);
  });

  it("that is removed while it signs in leaves no session of two factors, whichever comes first", async () => {
    for (const first of ["the sign-in", "the removal"] as const) {
      const account = await service.signUp();
      const { authenticator, passkey } = await enrol(account.access_token);
      const options = await requestOptions();
      const credential = authenticator.assert(options);
      const lock = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
        account.user.id,
      ]);
      const signedIn = () => signIn(options.flow_id, credential);
      const removed = () => change("DELETE", passkey.id, account.access_token);
      const before = first === "the sign-in" ? signedIn() : removed();
      await lock.waiters(1);
      const after = first === "the sign-in" ? removed() : signedIn();
      await lock.waiters(2);
      await lock.release();
      const outcomes = [(await before).status, (await after).status, await countOf(account)];
      expect([first, outcomes]).toEqual([first, first === "the sign-in" ? [200, 409, 1] : [204, 401, 0]]);
    }
  });

  it("is one of twenty at most", async () => {
    const account = await service.signUp();
    await enrol(account.access_token);
    await service.database.query("update auth.users set passkeys = 20 where id = $1", [account.user.id]);
    const options = await creationOptions(account.access_token);
    const credential = createAuthenticator().register(options);
    const reply = await submit(account.access_token, options.flow_id, credential);
    expect([reply.status, reply.body.code]).toEqual([409, "conflict"]);
  });

  it("of a suspended user opens nothing", async () => {
    const account = await service.signUp();
    const { authenticator } = await enrol(account.access_token);
    await service.database.query("update auth.users set status = 'suspended' where id = $1", [
      account.user.id,
    ]);
    const wrong = await signInBy(authenticator, { userVerified: false });
    const right = await signInBy(authenticator);
    expect([wrong.body.code, right.status, right.body.code]).toEqual([
      "invalid_proof",
      403,
      "account_suspended",
    ]);
  });
});
