import { createAuthenticator } from "../../test/support/authenticator.ts";
import { passkeysOf } from "../../test/support/passkeys.ts";
import type { Attack, Trial } from "../attack.ts";

const parallel = 20;

/** Registers a passkey for the time that `work` takes: one that is copied to other devices, and so counts nothing. */
async function withPasskey(
  trial: Trial,
  work: (
    ceremonies: ReturnType<typeof passkeysOf>,
    authenticator: ReturnType<typeof createAuthenticator>,
    token: string,
  ) => Promise<void>,
): Promise<void> {
  const ceremonies = passkeysOf({ call: trial.call });
  const { access_token: token } = await trial.a.signIn();
  const { authenticator, passkey } = await ceremonies.enrol(token, { origin: trial.issuer, synced: true });
  try {
    await work(ceremonies, authenticator, token);
  } finally {
    await trial.call("DELETE", `users/me/passkeys/${passkey.id}`, { token });
  }
}

/** @public */
export const passkeys: Attack[] = [
  {
    id: "passkey/replay",
    what: "The answer of an authenticator shown again, many times at once and later",
    precedent: "WebAuthn L3 §7.2",
    run: (trial) =>
      withPasskey(trial, async (ceremonies, authenticator) => {
        const options = await ceremonies.requestOptions();
        const answer = authenticator.assert(options);
        const replies = await Promise.all(
          Array.from({ length: parallel }, () => ceremonies.signIn(options.flow_id, answer)),
        );
        trial.tried(parallel);
        const taken = replies.filter(({ status }) => status === 200).length;
        trial.expect(taken === 1, `${taken} were taken`);
        const later = await ceremonies.signIn(options.flow_id, answer);
        trial.expect(later.status === 401, `once more: ${later.status}`);
        const other = await ceremonies.requestOptions();
        const moved = await ceremonies.signIn(other.flow_id, answer);
        trial.expect(moved.status === 401, `under another challenge: ${moved.status}`);
      }),
  },
  {
    id: "passkey/other-place",
    what: "Answers that were made for another site, in a frame, without the user, or for another ceremony",
    precedent: "WebAuthn L3 §7.2 steps 12 to 18",
    run: (trial) =>
      withPasskey(trial, async (ceremonies, authenticator, token) => {
        const twists = [
          { origin: "https://evil.example" },
          { origin: `${trial.issuer}.evil.example` },
          { crossOrigin: true },
          { crossOrigin: true, topOrigin: "https://evil.example" },
          { type: "webauthn.create" },
          { rpId: "evil.example" },
          { userPresent: false },
          { userVerified: false },
          { challenge: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
          { userHandle: "AAAA" },
        ];
        for (const twist of twists) {
          const options = await ceremonies.requestOptions();
          const { status } = await ceremonies.signIn(options.flow_id, authenticator.assert(options, twist));
          trial.expect(status === 401 || status === 422, `${JSON.stringify(twist)}: ${status}`);
          trial.tried(1);
        }
        const creation = await ceremonies.creationOptions(token);
        const mixed = await ceremonies.signIn(
          creation.flow_id,
          authenticator.assert({ challenge: creation.challenge, rpId: creation.rp.id }),
        );
        trial.expect(mixed.status === 401, `the challenge of a registration: ${mixed.status}`);
      }),
  },
  {
    id: "passkey/of-another",
    what: "A registration that one user began, finished by another; and a passkey that is somebody's already",
    precedent: "WebAuthn L3 §7.1 step 27",
    run: async (trial) => {
      const ceremonies = passkeysOf({ call: trial.call });
      const [owner, thief] = [(await trial.a.signIn()).access_token, (await trial.b.tokens()).access_token];
      const authenticator = createAuthenticator({ origin: trial.issuer });
      const options = await ceremonies.creationOptions(owner);
      const { status } = await ceremonies.submit(thief, options.flow_id, authenticator.register(options));
      trial.expect(status === 401, `the flow of another: ${status}`);
      await withPasskey(trial, async (_, taken) => {
        const own = await ceremonies.creationOptions(thief);
        const again = await ceremonies.submit(
          thief,
          own.flow_id,
          taken.register(own, { credentialId: taken.credentialId }),
        );
        trial.expect(again.status !== 201, "a passkey of one user is another's too");
        const remove = `users/me/passkeys/${again.body.id}`;
        if (again.status === 201) await trial.call("DELETE", remove, { token: thief });
      });
    },
  },
];
