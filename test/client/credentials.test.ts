import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Presented, readCredentials } from "../../src/client/credentials.ts";
import { credentialPrefix, makeCredential, readCredential } from "../../src/lib/credential.ts";
import { OAuthError } from "../../src/oauth-error.ts";
import { anyText, nearly } from "../support/texts.ts";

const secretOf = (owner: string, id: string, random: Uint8Array) =>
  makeCredential(credentialPrefix.clientSecret, { id, owner, random });
const secret = fc.tuple(fc.uuid(), fc.uuid(), fc.uint8Array({ minLength: 32, maxLength: 32 }));
const basic = (id: string, text: string) =>
  `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(text)}`)}`;

/** What a request is taken for, or how it is refused: by one of two errors, and by no other. */
function read(presented: Presented) {
  try {
    return readCredentials(presented);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    expect(["invalid_client", "invalid_request"]).toContain(error.code);
    return undefined;
  }
}

describe("what proves a client", () => {
  it("is read, or refused as documented, whatever the header and the form hold", () => {
    const header = fc.oneof(
      anyText,
      anyText.map((text) => `Basic ${text}`),
      fc.base64String().map((text) => `basic ${text}`),
      nearly(secret.map(([owner, id, random]) => basic(owner, secretOf(owner, id, random)))),
    );
    const optional = (text: fc.Arbitrary<string>) => fc.option(text, { nil: undefined });
    const presented = fc.record({
      authorization: optional(header),
      client_id: optional(anyText),
      client_secret: optional(anyText),
      client_assertion: optional(anyText),
      client_assertion_type: optional(fc.constant("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")),
    });
    fc.assert(
      fc.property(presented, (each) => void read(each)),
      { numRuns: 5000 },
    );
  });

  it("is the same by header and by form, and names the client of the secret", () => {
    fc.assert(
      fc.property(secret, ([owner, id, random]) => {
        const text = secretOf(owner, id, random);
        const byHeader = read({ authorization: basic(owner, text) });
        const byForm = read({ authorization: undefined, client_id: owner, client_secret: text });
        expect(byHeader).toMatchObject({ method: "client_secret_basic", clientId: owner, secretId: id });
        expect(byForm).toEqual({ ...byHeader, method: "client_secret_post" });
      }),
    );
  });

  it("is no secret any more when a character is another", () => {
    const altered = secret.chain(([owner, id, random]) => {
      const text = secretOf(owner, id, random);
      return fc.tuple(fc.constant(text), nearly(fc.constant(text)));
    });
    fc.assert(
      fc.property(altered, ([text, other]) => {
        const known = readCredential(credentialPrefix.clientSecret, other);
        expect(known !== undefined).toBe(text === other);
      }),
    );
  });
});
