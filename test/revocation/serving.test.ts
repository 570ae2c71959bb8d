import { describe, expect, it } from "vitest";
import { publishFeed } from "../../src/revocation/publish-feed.ts";
import { captureStatements, explain } from "../support/explain.ts";
import { claimsOf, feedPath as path, readFeedOf } from "../support/feed.ts";
import { inParallel } from "../support/heavy.ts";
import { startService, useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const readFeed = () => readFeedOf(service);

describe("the revocation feed", () => {
  it("costs one statement in ten seconds, however many ask, and says how old it is", async () => {
    await readFeed();
    service.advance(11);
    const before = service.statements.length;
    const replies = await inParallel(50, () => service.call("GET", path));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(service.statements.length - before).toBe(1);
    service.advance(4);
    const later = await service.call("GET", path);
    expect(later.text).toBe(replies[0]?.text);
    // Whole seconds went by beside the four.
    expect(Number(later.headers.get("age"))).toBeGreaterThanOrEqual(4);
    expect(Number(later.headers.get("age"))).toBeLessThan(10);
    service.advance(7);
    expect((await service.call("GET", path)).text).not.toBe(later.text);
    expect(service.statements.length - before).toBe(2);
  });

  it("asks a database that fails once in two seconds, however many ask", async () => {
    await readFeed();
    service.advance(11);
    let asked = 0;
    service.onStatement.current = () => {
      asked++;
      throw Object.assign(new Error("cut"), { code: "57P01" });
    };
    for (let i = 0; i < 20; i++) await service.call("GET", path);
    service.onStatement.current = undefined;
    expect(asked).toBeLessThan(5);
    service.advance(2);
  });

  it("is handed out until it expires while the database does not answer, and then is 503", async () => {
    await readFeed();
    service.onStatement.current = () => {
      throw Object.assign(new Error("cut"), { code: "57P01" });
    };
    service.advance(50);
    const stale = await service.call("GET", path);
    expect([stale.status, Number(stale.headers.get("age")) >= 50]).toEqual([200, true]);
    service.advance(11);
    const { status, headers } = await service.call("GET", path);
    expect([status, Number(headers.get("retry-after"))]).toEqual([503, 2]);
    service.onStatement.current = undefined;
    service.advance(2);
    expect((await service.call("GET", path)).status).toBe(200);
  });

  it("is not there under a shared secret", async () => {
    const other = await startService({
      JWT_ALGORITHM: "HS256",
      ACCESS_TOKEN_SECRET_KEY: "k".repeat(8) + crypto.randomUUID(),
    });
    const { status, body } = await other.call("GET", path);
    expect([status, body.code]).toEqual([404, "not_found"]);
    const metadata = (await other.call("GET", "/.well-known/oauth-authorization-server")).body;
    expect([metadata.jwks_uri, metadata.revocations_uri]).toEqual([undefined, undefined]);
    await other.close();
  });

  it("says so when there is more than 50,000, holds the newest, and is no slower to read than is fit", async () => {
    const account = await service.signUp();
    await service.database.query(
      `insert into auth.sessions (id, user_id, client_id, epoch, rotated_at, created_at, last_used_at, expires_at, ended_at,
         ended_reason, amr, acr, auth_time, ip, network)
       select gen_random_uuid(), $1, 'gatehouse', 0, t, t, t, t + interval '7 days', t, 'logout', '{pwd}', 'x', t, 'x', 'x'
       from generate_series(1, 60000) i, lateral (select now() + $2 * interval '1 s' - i * interval '1 ms' as t) x`,
      [account.user.id, service.deps.clock.offsetSeconds],
    );
    await service.call("POST", "auth/logout", { json: { refresh_token: account.refresh_token } });
    const started = performance.now();
    const feed = await readFeed();
    const ms = Math.round(performance.now() - started);
    expect(feed).toMatchObject({ overflow: true, count: 50_000 });
    expect(feed.prefixes).toHaveLength(50_000);
    expect(feed.has(claimsOf(account.access_token).sid)).toBe(true);
    console.log(`feed of 50,000 of 60,000: made, fetched and verified in ${ms} ms`);
  });

  it("is made without reading what ended long ago", async () => {
    await service.database.query(
      "update auth.sessions set ended_at = ended_at - interval '10 days', created_at = created_at - interval '10 days'",
    );
    // Of so many that reading all of them is dearer than what a planner takes for a third of them, by their index.
    await service.database.query(
      `insert into auth.sessions (id, user_id, client_id, epoch, rotated_at, created_at, last_used_at, expires_at, ended_at,
         ended_reason, amr, acr, auth_time, ip, network)
       select gen_random_uuid(), user_id, client_id, epoch, rotated_at, created_at, last_used_at, expires_at, ended_at,
         ended_reason, amr, acr, auth_time, ip, network from auth.sessions, generate_series(1, 4)`,
    );
    await service.database.query("vacuum analyze auth.sessions");
    const [statement] = await captureStatements(service.deps, (deps) => publishFeed(deps)());
    const plan = await explain(service.database.query, statement ?? { text: "", params: [] });
    expect(plan).toContain("sessions_ended_at");
    expect(plan).not.toMatch(/Seq Scan on (auth\.)?sessions/);
  });
});
