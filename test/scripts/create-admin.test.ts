import { describe, expect, it } from "vitest";
import { freshEmail, goodPassword } from "../support/client.ts";
import { testEnvironment } from "../support/environment.ts";
import { runScript } from "../support/script.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

function run(args: string[], input = "", source = false) {
  const environment = { NEON_HTTP_ENDPOINT: "", ...testEnvironment({ DATABASE_URL: service.database.url }) };
  return runScript("create-admin", args, { environment, input, source });
}

describe("npm run admin:create", () => {
  it("makes an account whose password is one line of standard input, and prints one line of JSON", async () => {
    const email = freshEmail();
    const { stdout, status } = await run(["--email", email], `${goodPassword}\nnot this line\n`, true);
    expect([status, stdout.trimEnd().split("\n")]).toEqual([0, [expect.any(String)]]);
    expect(JSON.parse(stdout)).toEqual({ id: expect.any(String), email, created: true });
    const { body } = await service.logIn(email);
    expect((await service.call("GET", "admin/users", { token: body.access_token })).status).toBe(200);
  });

  it("promotes an existing account and asks for no password", async () => {
    const { email, user } = await service.signUp();
    expect(JSON.parse((await run(["--email", email.toUpperCase()])).stdout)).toEqual({
      id: user.id,
      email,
      created: false,
    });
    expect((await service.logIn(email)).status).toBe(200);
    const again = await run(["--email", email]);
    expect(JSON.parse(again.stdout)).toMatchObject({ created: false });
    expect(again.stderr).toContain("not verified");
    await service.database.query("update auth.users set email_verified = true where id = $1", [user.id]);
    expect((await run(["--email", email])).stderr).not.toContain("not verified");
  });

  it("refuses a bad address or password and makes nothing", async () => {
    const email = freshEmail();
    expect(await run(["--email", email], "short\n")).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining("too short"),
    });
    expect(await run(["--email", "nobody"], `${goodPassword}\n`)).toMatchObject({ status: 1, stdout: "" });
    expect(await run([])).toMatchObject({ status: 1, stderr: expect.stringContaining("Usage") });
    expect((await service.logIn(email)).status).toBe(401);
  });
});
