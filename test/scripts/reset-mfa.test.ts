import { describe, expect, it } from "vitest";
import { freshEmail } from "../support/client.ts";
import { testEnvironment } from "../support/environment.ts";
import { countFactors, giveFactors } from "../support/given-factors.ts";
import { runScript } from "../support/script.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

function run(args: string[], source = false) {
  const environment = { NEON_HTTP_ENDPOINT: "", ...testEnvironment({ DATABASE_URL: service.database.url }) };
  return runScript("reset-mfa", args, { environment, source });
}

describe("npm run users:reset-mfa", () => {
  it("takes every second factor of an account, ends its sessions, and is on record and mailed", async () => {
    const account = await service.signUp();
    const { email, user, access_token: token } = account;
    await giveFactors(service, account);
    const { stdout, status } = await run(["--email", email.toUpperCase()], true);
    expect([status, stdout.trimEnd().split("\n")]).toEqual([0, [expect.any(String)]]);
    expect(JSON.parse(stdout)).toEqual({
      id: user.id,
      email,
      removed: { totp: true, passkeys: 2, recovery_codes: 1 },
    });
    expect(await countFactors(service, account)).toBe(0);
    expect((await service.call("GET", "users/me", { token })).status).toBe(401);
    const events = await service.database.query(
      `select e.actor_id, e.outcome, d.text, d.user_agent from auth.audit_events e join auth.audit_details d on d.event_id = e.id
      where e.subject_id = $1 and e.action = 'mfa.reset'`,
      [user.id],
    );
    expect(events).toEqual([
      { actor_id: null, outcome: "success", text: "break glass", user_agent: "users:reset-mfa" },
    ]);
    expect((await service.mailTo(email, "factor_changed")).text).not.toMatch(/IP address|Device/);
    const { body } = await service.logIn(email);
    // There is nothing left to take, and nothing happens.
    const again = await run(["--email", email]);
    expect(JSON.parse(again.stdout).removed).toEqual({ totp: false, passkeys: 0, recovery_codes: 0 });
    expect((await service.call("GET", "users/me", { token: body.access_token })).status).toBe(200);
  });

  it("says that an address has no account, and what it is called with", async () => {
    const email = freshEmail();
    for (const [args, complaint] of [
      [["--email", email], `No account has the address ${email}.`],
      [[], "Usage"],
    ] as const) {
      const { status, stdout, stderr } = await run([...args]);
      expect([status, stdout, stderr]).toEqual([1, "", expect.stringContaining(complaint)]);
    }
  });
});
