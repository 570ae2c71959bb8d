import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { type Answer, startHttpServer } from "./http-server.ts";

export type StubIssuer = Awaited<ReturnType<typeof startStubIssuer>>;

type Signed = { typ: string; claims: Record<string, unknown>; key?: CryptoKey };

/** A server that publishes keys and a feed as Gatehouse does, and whatever else a test wants it to say. */
export async function startStubIssuer() {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "stub", alg: "ES256", use: "sig" };
  const keys: Answer = { body: JSON.stringify({ keys: [jwk] }) };
  const says: { keys: Answer; feed: Answer } = { keys, feed: { status: 404, body: "" } };
  const server = await startHttpServer(({ url }) => (url.endsWith("/jwks.json") ? says.keys : says.feed));

  const sign = ({ typ, claims, key = privateKey }: Signed) =>
    new SignJWT({ iss: server.url, ...claims })
      .setProtectedHeader({ alg: "ES256", kid: "stub", typ })
      .sign(key);

  /** An access token that verifies here. */
  const token = (claims: Record<string, unknown> = {}) => {
    const iat = Math.floor(Date.now() / 1000);
    const who = { sub: "user", client_id: "client", sid: crypto.randomUUID(), jti: crypto.randomUUID() };
    const common = { aud: server.url, iat, exp: iat + 1800, scope: "users:read" };
    return sign({ typ: "at+jwt", claims: { ...common, ...who, ...claims } });
  };

  /** A feed of the prefixes in `entries`. */
  const feed = (claims: Record<string, unknown> = {}, { typ = "revocations+jwt", key = privateKey } = {}) => {
    const iat = Math.floor(Date.now() / 1000);
    const common = { iat, exp: iat + 60, window: 1800, count: 0, entries: "", overflow: false };
    return sign({ typ, key, claims: { ...common, ...claims } });
  };

  return {
    url: server.url,
    received: server.received,
    close: server.close,
    says,
    good: { keys },
    token,
    feed,
  };
}
