import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { heavy, inParallel, tally } from "../support/heavy.ts";
import { holdLock } from "../support/lock.ts";
import { useService } from "../support/service.ts";

const service = useService();
const rounds = heavy ? 20 : 5;
const uses = 200;

describe("refresh under races", () => {
  it(`gives exactly one successor to ${uses} parallel uses of one token, ${rounds} times`, async () => {
    for (let round = 0; round < rounds; round++) {
      const { refresh_token } = await service.signUp();
      const replies = await inParallel(uses, () => service.refresh(refresh_token));
      expect(tally(replies.map(({ status }) => status))).toEqual({ 200: uses });
      expect(new Set(replies.map(({ body }) => body.refresh_token)).size).toBe(1);
      const sid = decodeJwt(refresh_token).sid;
      const [row] = await service.database.query(
        "select generation, grace_uses from auth.sessions where id = $1",
        [sid],
      );
      expect(row).toEqual({ generation: 1, grace_uses: uses - 1 });
    }
  });

  it("survives the user's own password change, whichever comes first", async () => {
    const { refresh_token, access_token: token, password } = await service.signUp();
    const sid = decodeJwt(refresh_token).sid;
    const held = await holdLock(service.database, "select 1 from auth.sessions where id = $1 for update", [
      sid,
    ]);
    const json = { current_password: password, new_password: "Another-horse-8" };
    const change = service.call("POST", "users/me/password", { token, json });
    await held.waiters(1);
    const refresh = service.refresh(refresh_token);
    await held.waiters(2);
    await held.release();
    expect([(await change).status, (await refresh).status]).toEqual([204, 200]);
  });

  it("ends the session once, whatever comes with the replay", async () => {
    for (let round = 0; round < rounds; round++) {
      const { refresh_token } = await service.signUp();
      const one = await service.refresh(refresh_token);
      const two = await service.refresh(one.body.refresh_token);
      await inParallel(50, (index) => service.refresh(index % 2 ? refresh_token : two.body.refresh_token));
      expect((await service.refresh(two.body.refresh_token)).status).toBe(401);
      const sid = decodeJwt(refresh_token).sid;
      const reused = await service.database.query(
        "select 1 from auth.audit_events where session_id = $1 and action = 'session.refresh_reused'",
        [sid],
      );
      expect(reused).toHaveLength(1);
    }
  });
});
