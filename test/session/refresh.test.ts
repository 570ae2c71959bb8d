import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { mintRefreshToken } from "../../src/token/refresh-token.ts";
import { useService } from "../support/service.ts";

const service = useService();
const day = 86_400;

const codeOf = (reply: { body: unknown }) => (reply.body as { code?: string }).code;
const sessionOf = (token: string) => String(decodeJwt(token).sid);

async function row(token: string) {
  const [found] = await service.database.query<{
    ended_reason: string | null;
    generation: number;
    grace_uses: number;
  }>("select ended_reason, generation, grace_uses from auth.sessions where id = $1", [sessionOf(token)]);
  return found;
}

async function events(token: string): Promise<string[]> {
  const found = await service.database.query<{ action: string }>(
    "select action from auth.audit_events where session_id = $1 order by id",
    [sessionOf(token)],
  );
  return found.map(({ action }) => action);
}

describe("refresh (design: sessions and refresh; RFC 9700 §4.14.2)", () => {
  it("exchanges the current token for its successor", async () => {
    const { refresh_token } = await service.signUp();
    const reply = await service.refresh(refresh_token);
    expect(decodeJwt(reply.body.refresh_token)).toMatchObject({ gen: 1, sid: sessionOf(refresh_token) });
    expect(await row(refresh_token)).toMatchObject({ generation: 1, grace_uses: 0, ended_reason: null });
    expect(await events(refresh_token)).toEqual(["account.created"]);
  });

  it("yields the same successor again within the grace, byte for byte, and counts it", async () => {
    const { refresh_token } = await service.signUp();
    const first = await service.refresh(refresh_token);
    service.advance(5);
    const again = await service.refresh(refresh_token);
    expect(again.body.refresh_token).toBe(first.body.refresh_token);
    expect(again.body.access_token).not.toBe(first.body.access_token);
    expect(await row(refresh_token)).toMatchObject({ generation: 1, grace_uses: 1 });
    expect(await events(refresh_token)).toContain("session.refresh_repeated");
  });

  it("ends the session when the previous token returns after the grace", async () => {
    const { refresh_token, access_token } = await service.signUp();
    const next = await service.refresh(refresh_token);
    service.advance(31);
    const late = await service.refresh(refresh_token);
    expect([late.status, codeOf(late)]).toEqual([401, "invalid_refresh_token"]);
    expect(await row(refresh_token)).toMatchObject({ ended_reason: "superseded" });
    expect((await service.refresh(next.body.refresh_token)).status).toBe(401);
    expect((await service.call("GET", "users/me", { token: access_token })).status).toBe(401);
    expect(await events(refresh_token)).toContain("session.refresh_superseded");
  });

  it("ends the session when an older token returns, even within the grace", async () => {
    const { refresh_token } = await service.signUp();
    const one = await service.refresh(refresh_token);
    const two = await service.refresh(one.body.refresh_token);
    expect((await service.refresh(refresh_token)).status).toBe(401);
    expect(await row(refresh_token)).toMatchObject({ ended_reason: "reused" });
    expect((await service.refresh(two.body.refresh_token)).status).toBe(401);
    expect(await events(refresh_token)).toContain("session.refresh_reused");
  });

  it("refuses a token newer than the row, as after a restore, and ends nothing", async () => {
    const { refresh_token } = await service.signUp();
    const next = await service.refresh(refresh_token);
    await service.database.query("update auth.sessions set generation = 0 where id = $1", [
      sessionOf(refresh_token),
    ]);
    expect((await service.refresh(next.body.refresh_token)).status).toBe(401);
    expect(await row(refresh_token)).toMatchObject({ ended_reason: null });
    expect(await events(refresh_token)).toContain("session.refresh_ahead");
  });

  it("slides the session's end with each refresh, up to its absolute life", async () => {
    const { refresh_token } = await service.signUp();
    const started = Number(decodeJwt(refresh_token).iat);
    let token = refresh_token;
    for (let i = 0; i < 15; i++) {
      service.advance(6 * day);
      const reply = await service.refresh(token);
      if (reply.status !== 200) break;
      token = reply.body.refresh_token;
      const ends = Number(decodeJwt(token).exp);
      expect(ends).toBeLessThanOrEqual(started + 90 * day + 1);
      expect(Number(decodeJwt(reply.body.access_token).exp)).toBeLessThanOrEqual(ends);
    }
    expect(Number(decodeJwt(token).exp)).toBeGreaterThan(started + 89 * day);
    service.advance(day);
    expect((await service.refresh(token)).status).toBe(401);
  });

  it("refuses an idle session after its life", async () => {
    const { refresh_token } = await service.signUp();
    service.advance(7 * day + 1);
    expect((await service.refresh(refresh_token)).status).toBe(401);
  });

  it.each([
    ["an ended session", "ended_at = now(), ended_reason = 'x'", ""],
    ["another client's session", "client_id = 'other'", ""],
    ["a session of an older epoch", "epoch = -1", ""],
    ["a suspended user's session", "", "status = 'suspended'"],
  ])("refuses %s with the one answer and writes nothing", async (_, session, user) => {
    const { refresh_token, user: owner } = await service.signUp();
    const sid = sessionOf(refresh_token);
    if (session) await service.database.query(`update auth.sessions set ${session} where id = $1`, [sid]);
    if (user) await service.database.query(`update auth.users set ${user} where id = $1`, [owner.id]);
    const reply = await service.refresh(refresh_token);
    expect([reply.status, codeOf(reply)]).toEqual([401, "invalid_refresh_token"]);
    expect(await row(refresh_token)).toMatchObject({ generation: 0, grace_uses: 0 });
  });

  it("refuses a well-signed token that names another user's session", async () => {
    const [mine, theirs] = [await service.signUp(), await service.signUp()];
    const claims = decodeJwt(theirs.refresh_token);
    const grant = {
      sessionId: claims.sid,
      userId: mine.user.id,
      generation: 0,
      rotatedAt: claims.iat,
      expiresAt: claims.exp,
    } as unknown as Parameters<typeof mintRefreshToken>[1];
    expect((await service.refresh(await mintRefreshToken(service.deps, grant))).status).toBe(401);
  });
});
