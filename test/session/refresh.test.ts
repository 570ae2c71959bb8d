import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { useService } from "../support/service.ts";

const service = useService();

describe("refresh", () => {
  it("exchanges the current token for its successor", async () => {
    const account = await service.signUp();
    const reply = await service.refresh(account.refresh_token);

    expect(reply.status).toBe(200);
    expect(decodeJwt(reply.body.refresh_token)).toMatchObject({ gen: 1 });
  });
  it("a", async () => {
    const account = await service.signUp();
    const reply = await service.call("GET", "admin/users", { token: account.access_token });

    expect(reply.status).toBe(403);
  });
});
