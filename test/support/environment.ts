import { generateSecrets } from "../../scripts/secrets.ts";

const secrets = await generateSecrets();

/** An environment that a service starts on: fresh secrets, cheap hashes. */
export function testEnvironment(overrides: Record<string, string> = {}): Record<string, string> {
  return {
    ENVIRONMENT: "test",
    ISSUER: "http://localhost:8787",
    PASSWORD_SCRYPT_LN: "10",
    MAIL_TRANSPORT: "mailbox",
    ...secrets,
    ...overrides,
  };
}
