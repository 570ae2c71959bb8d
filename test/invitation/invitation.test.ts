import { beforeAll, describe, expect, it } from "vitest";
import { type Account, freshEmail, goodPassword } from "../support/client.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
let root: Account;

const asAdmin = async () => {
  const account = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [account.user.id]);
  return account;
};

async function invite(by: Account, email: string, roles: string[]): Promise<string> {
  const json = { email, roles };
  const reply = await service.call("POST", "admin/invitations", { token: by.access_token, json });
  expect(reply.status).toBe(201);
  return (await service.mailTo(email, "invitation")).token;
}

const accept = (email: string, invitation: string) =>
  service.call("POST", "auth/signup", { json: { email, password: goodPassword, invitation } });

beforeAll(async () => {
  root = await asAdmin();
});

describe("an invitation", () => {
  it.each([
    ["demoted", "roles", { roles: ["user"] }],
    ["suspended", "suspend", { reason: "Left" }],
  ])("is void once whoever sent it is %s", async (_, path, json) => {
    const host = await asAdmin();
    const [email, other] = [freshEmail(), freshEmail()];
    const tokens = [await invite(host, email, ["admin"]), await invite(host, other, ["user"])];
    const url = `admin/users/${host.user.id}/${path}`;
    const changed = await service.call(path === "roles" ? "PUT" : "POST", url, {
      token: root.access_token,
      json,
    });
    expect(changed.status).toBe(200);
    expect((await accept(email, tokens[0] ?? "")).body.code).toBe("invalid_proof");
    expect((await accept(other, tokens[1] ?? "")).body.code).toBe("invalid_proof");
  });

  it("is void once whoever sent it has gone", async () => {
    const host = await asAdmin();
    const email = freshEmail();
    const token = await invite(host, email, ["admin"]);
    await service.call("DELETE", "users/me", { token: host.access_token });
    expect((await accept(email, token)).body.code).toBe("invalid_proof");
  });

  it("is not spent on an address that somebody else has signed up with, nor deleted with that account", async () => {
    const email = freshEmail();
    const token = await invite(root, email, ["user"]);
    const squatter = await service.signUp({ email });
    expect((await accept(email, token)).body.code).toBe("email_taken");
    const { text } = await service.call("GET", "users/me/export", { token: squatter.access_token });
    expect(text).not.toContain("invitation");
    await service.call("DELETE", "users/me", { token: squatter.access_token });
    expect((await accept(email, token)).status).toBe(201);
  });
});
