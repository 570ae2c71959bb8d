import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";

/** Fresh secrets for one environment, as the lines of an environment file. */
export async function generateSecrets(): Promise<Record<string, string>> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), alg: "ES256" };
  return {
    ACCESS_TOKEN_SIGNING_KEYS: JSON.stringify({ keys: [jwk] }),
    REFRESH_TOKEN_SECRET_KEY: randomBytes(32).toString("base64url"),
    DATA_ENCRYPTION_KEY: randomBytes(32).toString("base64"),
  };
}
