import { describe, expect, it } from "vitest";
import { createAuthenticator, type Twist } from "../support/authenticator.ts";
import { heavy, inParallel, tally } from "../support/heavy.ts";
import { passkeysIn } from "../support/passkeys.ts";
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

/** What every ceremony refuses. */
const twists: [string, Twist][] = [
  ["of a foreign origin", { origin: "http://localhost:8788" }],
  ["of a subdomain that nobody listed", { origin: "http://a.localhost:8787" }],
  ["from a frame in another's page", { crossOrigin: true }],
  ["with a top origin", { topOrigin: "https://example.com" }],
  ["from a frame, with a top origin", { crossOrigin: true, topOrigin: "https://example.com" }],
  ["without the user present", { userPresent: false }],
  ["without the user verified", { userVerified: false }],
  ["for another RP ID", { rpId: "example.org" }],
  ["of another type", { type: "payment.get" }],
  ["to another challenge", { challenge: "AAAA" }],
];

describe("a registration", () => {
  it.each(twists)("%s is refused", async (_, twist) => {
    const account = await service.signUp();
    const options = await creationOptions(account.access_token);
    const credential = createAuthenticator().register(options, twist);
    const reply = await submit(account.access_token, options.flow_id, credential);
    expect([reply.status, reply.body.code, await countOf(account)]).toEqual([401, "invalid_proof", 0]);
  });

  it("by an algorithm that was not offered is refused", async () => {
    const { access_token: token } = await service.signUp();
    const options = await creationOptions(token);
    const credential = createAuthenticator({ alg: "RSA-SHA1" }).register(options);
    expect((await submit(token, options.flow_id, credential)).body.code).toBe("invalid_proof");
  });

  it("that names another credential than the one attested is refused", async () => {
    const { access_token: token } = await service.signUp();
    const options = await creationOptions(token);
    const credential = { ...createAuthenticator().register(options), id: "AAAA", rawId: "AAAA" };
    expect((await submit(token, options.flow_id, credential)).body.code).toBe("invalid_proof");
  });

  it("answers its own user's, session's and ceremony's challenge, in time, and before the account changes", async () => {
    const account = await service.signUp();
    const token = account.access_token;
    const refused = async (flowId: string, credential: object, by = token) => {
      const reply = await submit(by, flowId, credential);
      expect([reply.status, reply.body.code]).toEqual([401, "invalid_proof"]);
    };
    const authenticator = createAuthenticator();
    const options = await creationOptions(token);
    const credential = authenticator.register(options);
    await refused(options.flow_id, credential, (await service.signUp()).access_token);
    await refused(options.flow_id, credential, (await service.logIn(account.email)).body.access_token);
    await refused((await requestOptions()).flow_id, credential);
    await refused((await creationOptions(token)).flow_id, credential);
    await refused(`${options.flow_id.slice(0, -2)}AA`, credential);
    await service.database.query("update auth.users set security_epoch = security_epoch + 1 where id = $1", [
      account.user.id,
    ]);
    await service.database.query("update auth.sessions set epoch = epoch + 1 where user_id = $1", [
      account.user.id,
    ]);
    await refused(options.flow_id, credential);
    const late = await creationOptions(token);
    service.advance(301);
    await refused(late.flow_id, authenticator.register(late));
  });

  it("of a credential that is somebody's is a conflict, and changes nothing", async () => {
    const owner = await service.signUp();
    const { authenticator } = await enrol(owner.access_token);
    const { credentialId } = authenticator;
    for (const account of [owner, await service.signUp()]) {
      const before = await countOf(account);
      const options = await creationOptions(account.access_token);
      const credential = createAuthenticator().register(options, { credentialId });
      const reply = await submit(account.access_token, options.flow_id, credential);
      expect([reply.status, reply.body.code, await countOf(account)]).toEqual([409, "conflict", before]);
    }
    expect((await signInBy(authenticator)).status).toBe(200);
  });

  it("counts once, however often it is sent at once", async () => {
    const account = await service.signUp();
    const options = await creationOptions(account.access_token);
    const credentials = Array.from({ length: 10 }, () => createAuthenticator().register(options));
    const replies = await inParallel(10, (index) =>
      submit(account.access_token, options.flow_id, credentials[index] as object),
    );
    expect(tally(replies.map(({ status }) => status))).toEqual({ 201: 1, 401: 9 });
    expect(await countOf(account)).toBe(1);
  });

  it("of junk is refused like any other, and never fails", async () => {
    const { access_token: token } = await service.signUp();
    const options = await creationOptions(token);
    const right = createAuthenticator().register(options);
    const cbor = (bytes: number[], times = 1) =>
      Buffer.concat(Array.from({ length: times }, () => Buffer.from(bytes))).toString("base64url");
    // Nothing, half a byte, nested too deeply, and lengths of 2^53 and more.
    const junk = ["AAAA", "A", cbor([0x81], 6000), cbor([0x9b, 0, 0x20, 0, 0, 0, 0, 0, 0]), cbor([0xbb], 9)];
    for (const text of junk) {
      for (const part of ["clientDataJSON", "attestationObject"]) {
        const credential = { ...right, response: { ...right.response, [part]: text } };
        const { status, body } = await submit(token, options.flow_id, credential);
        expect([part, text.slice(0, 8), status, body.code]).toEqual([
          part,
          text.slice(0, 8),
          401,
          "invalid_proof",
        ]);
      }
    }
    const { authenticator } = await enrol(token);
    const asked = await requestOptions();
    const answer = authenticator.assert(asked);
    for (const text of junk.map((each) => each.slice(0, 2048))) {
      for (const part of ["clientDataJSON", "authenticatorData", "signature"]) {
        const credential = { ...answer, response: { ...answer.response, [part]: text } };
        const { status, body } = await signIn(asked.flow_id, credential);
        expect([part, text.slice(0, 8), status, body.code]).toEqual([
          part,
          text.slice(0, 8),
          401,
          "invalid_proof",
        ]);
      }
    }
  });

  it("takes a recent authentication", async () => {
    const { access_token: token } = await service.signUp();
    service.advance(901);
    const reply = await service.call("POST", "users/me/passkeys/options", { token });
    expect([reply.status, reply.body.code]).toEqual([401, "reauthentication_required"]);
  });
});

describe("an answer to a challenge", () => {
  it.each([
    ...twists,
    ["without a user handle", { userHandle: null }],
    ["with another's user handle", { userHandle: "AAAAAAAAAAAAAAAAAAAAAA" }],
    ["by a passkey nobody has", { credentialId: "AAAA" }],
  ] satisfies [string, Twist][])("%s is refused", async (_, twist) => {
    const account = await service.signUp();
    const { authenticator } = await enrol(account.access_token);
    const reply = await signInBy(authenticator, twist);
    expect([reply.status, reply.body.code]).toEqual([401, "invalid_proof"]);
    const isKnown = !("credentialId" in twist);
    expect(await eventsOf(account, "login.")).toEqual(isKnown ? ["login.refused"] : []);
  });

  it("with the counter of a copy is refused", async () => {
    const { authenticator } = await enrol((await service.signUp()).access_token);
    expect((await signInBy(authenticator, { counter: 7 })).status).toBe(200);
    for (const counter of [7, 6, 0]) {
      expect((await signInBy(authenticator, { counter })).body.code).toBe("invalid_proof");
    }
    expect((await signInBy(authenticator, { counter: 8 })).status).toBe(200);
  });

  it("takes the counter once, of answers to several challenges at once", async () => {
    const { authenticator } = await enrol((await service.signUp()).access_token);
    const flows = await inParallel(5, () => requestOptions());
    const replies = await inParallel(5, (index) => {
      const options = flows[index] as (typeof flows)[number];
      return signIn(options.flow_id, authenticator.assert(options, { counter: 5 }));
    });
    expect(tally(replies.map(({ status }) => status))).toEqual({ 200: 1, 401: 4 });
  });

  it("is good for its own ceremony, and in time", async () => {
    const account = await service.signUp();
    const { authenticator } = await enrol(account.access_token, { synced: true });
    const again = await requestOptions({ token: account.access_token });
    expect(again.allowCredentials).toHaveLength(1);
    const creation = await creationOptions(account.access_token);
    for (const flow of [again, { ...creation, rpId: creation.rp.id }]) {
      expect((await signIn(flow.flow_id, authenticator.assert(flow))).body.code).toBe("invalid_proof");
    }
    const late = await requestOptions();
    const [other, mixed] = [await requestOptions(), await requestOptions()];
    expect((await signIn(mixed.flow_id, authenticator.assert(other))).body.code).toBe("invalid_proof");
    service.advance(301);
    expect((await signIn(late.flow_id, authenticator.assert(late))).body.code).toBe("invalid_proof");
  });

  it("signs in once, however often it is sent at once", { timeout: 600_000 }, async () => {
    const rounds = heavy ? 50 : 5;
    const answers = heavy ? 200 : 50;
    const account = await service.signUp();
    const { authenticator } = await enrol(account.access_token, { synced: true });
    for (let round = 0; round < rounds; round++) {
      const options = await requestOptions();
      const credential = authenticator.assert(options);
      const replies = await inParallel(answers, () => signIn(options.flow_id, credential));
      expect(tally(replies.map(({ status }) => status))).toEqual({ 200: 1, 401: answers - 1 });
    }
  });
});

describe("the options of a sign-in", () => {
  const ask = (json?: unknown, token?: string) =>
    service.call("POST", "auth/passkey/options", { ...(json !== undefined && { json }), token });

  it("say nothing of any account: they take no address, and cost no statement", async () => {
    const { email, access_token: token } = await service.signUp();
    await enrol(token);
    const before = service.statements.length;
    const shapes = [];
    for (const json of [undefined, {}, {}]) {
      const { status, body } = await ask(json);
      const { challenge: _, flow_id: __, ...rest } = body;
      shapes.push([status, Object.keys(body), rest]);
    }
    expect(shapes[1]).toEqual(shapes[0]);
    expect(shapes[2]).toEqual(shapes[0]);
    expect(shapes[0]?.[2]).toEqual({
      rpId: "localhost",
      timeout: 300_000,
      userVerification: "required",
      expires_in: 300,
    });
    const replies = [await ask({ email }), await ask({ email: "nobody@example.com" })];
    for (const { status, body } of replies) {
      expect([status, body.errors]).toMatchObject([422, [{ pointer: "/email", code: "unknown_field" }]]);
    }
    expect(service.statements.length).toBe(before);
  });

  it("hold a challenge of 32 bytes that does not come again", async () => {
    const { access_token: token } = await service.signUp();
    const asked = [
      ...(await inParallel(100, () => requestOptions())),
      ...(await inParallel(100, () => creationOptions(token))),
    ];
    const challenges = asked.map(({ challenge }) => challenge);
    expect(new Set(challenges).size).toBe(200);
    for (const challenge of challenges) expect(Buffer.from(challenge, "base64url")).toHaveLength(32);
  });

  it("are for one who is half signed in or signed in, not both, and only to whoever has a passkey", async () => {
    const account = await service.signUp();
    const { passkey } = await enrol(account.access_token);
    const mfaToken = await firstStep(account);
    expect((await ask({ mfa_token: mfaToken })).status).toBe(200);
    expect((await ask({ mfa_token: mfaToken }, account.access_token)).status).toBe(422);
    expect((await change("DELETE", passkey.id, account.access_token)).status).toBe(204);
    expect((await ask({ mfa_token: mfaToken })).body.code).toBe("invalid_proof");
    expect((await ask({}, account.access_token)).status).toBe(404);
    expect((await ask({ mfa_token: "x" })).body.code).toBe("invalid_proof");
    expect((await ask({}, "x")).body.code).toBe("invalid_token");
  });
});
