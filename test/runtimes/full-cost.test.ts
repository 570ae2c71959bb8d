import { describe, expect, it } from "vitest";
import { startNeonServer } from "../../scripts/neon-server.ts";
import { createClient } from "../support/client.ts";
import { createTestDatabase } from "../support/database.ts";
import { inParallel, tally } from "../support/heavy.ts";
import { startProcess } from "../support/process.ts";
import { startWorkerd } from "../support/workerd.ts";

const targets = [
  ["workerd", startWorkerd],
  ["Deno", (environment: Record<string, string>) => startProcess("start:deno", environment)],
  ["Node", (environment: Record<string, string>) => startProcess("built", environment)],
] as const;

describe("passwords at production's full cost", () => {
  it.each(targets)("sign up and in on %s", async (_, start) => {
    const database = await createTestDatabase();
    const neon = await startNeonServer();
    const running = await start({
      DATABASE_URL: database.url,
      NEON_HTTP_ENDPOINT: neon.endpoint,
      PASSWORD_SCRYPT_LN: "",
      PASSWORD_HASH_CONCURRENCY: "2",
      THROTTLE: "off",
    });
    const { signUp, logIn } = createClient((request) => fetch(request), running.origin);
    const { email, user } = await signUp();
    const [row] = await database.query<{ hash: string }>(
      "select password_hash as hash from auth.users where id = $1",
      [user.id],
    );
    expect(row?.hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$/);
    expect((await logIn(email)).status).toBe(200);
    expect((await logIn(email, "Wrong-horse-7")).status).toBe(401);
    // Far more than can be hashed in time: some get in, the rest are told so, and nothing else gives way.
    const burst = await inParallel(40, () => logIn(email));
    const told = burst.map(({ status, body }) =>
      status === 503 ? (body as { code?: string }).code : status,
    );
    expect(Object.keys(tally(told as string[])).sort()).toEqual(["200", "busy"]);
    await running.stop();
    await neon.close();
    await database.close();
  });
});
