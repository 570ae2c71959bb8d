import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { seedEvents, seededPerson } from "../support/audit-events.ts";
import type { Account } from "../support/client.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const seeded = 3500;

type Entry = { id: string; occurred_at: string; request_id: string };

let admin: Account;

beforeAll(async () => {
  admin = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
  await seedEvents(service.database, { count: seeded, days: 3 });
});

afterEach(() => {
  service.onStatement.current = undefined;
});

const exported = (query = "") =>
  service.call("GET", `admin/audit-events/export?${query}`, { token: admin.access_token });

const isExport = (text: string) => text.includes("page as materialized");

/** The reply as it comes, and not read to its end by the client of the tests. */
async function open(): Promise<Response> {
  const headers = { authorization: `Bearer ${admin.access_token}` };
  const request = new Request("http://localhost:8787/api/v1/admin/audit-events/export", { headers });
  return createApp(service.deps).fetch(request, { remoteAddress: "10.0.0.1" });
}

const parse = (text: string) =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Entry);

describe("the export of audit events", () => {
  it("gives every event once, newest first, a statement for each thousand", async () => {
    const before = service.statements.length;
    const { status, headers, text } = await exported();
    expect([status, headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
    expect(headers.get("content-disposition")).toBe('attachment; filename="audit-events.ndjson"');
    expect(headers.get("cache-control")).toBe("no-store");
    const entries = parse(text);
    const rows = await service.database.query<{ id: string }>(
      "select id from auth.audit_events where action <> 'audit.exported' order by occurred_at desc, id desc",
    );
    const recorded = await service.database.query(
      "select actor_id from auth.audit_events where action = 'audit.exported'",
    );
    expect(recorded).toEqual([{ actor_id: admin.user.id }]);
    expect(entries.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect(service.statements.length - before).toBe(4);
    const page = await service.call<{ data: Entry[] }>("GET", "admin/audit-events?limit=100", {
      token: admin.access_token,
    });
    expect(entries.slice(0, 99)).toEqual(page.body.data.slice(1));
  });

  it("takes the filters of the list, and may be empty", async () => {
    expect(parse((await exported("ip=10.9.0.17")).text)).toHaveLength(seeded / 250);
    const byOne = parse((await exported(`actor=${seededPerson(7)}`)).text);
    expect(byOne.map(({ request_id }) => request_id).sort()).toEqual(
      [1, 1001, 2001, 3001].map((i) => `seeded-${i}`).sort(),
    );
    const { status, text } = await exported("action=nothing");
    expect([status, text]).toEqual([200, ""]);
  });

  it("asks for a batch only when the one before was read, and for none when the reader leaves", async () => {
    const before = service.statements.length;
    const reader = (await open()).body?.getReader();
    const settle = () => new Promise((wake) => setTimeout(wake, 100));
    await settle();
    expect(service.statements.length - before).toBe(1);
    await reader?.read();
    await settle();
    expect(service.statements.length - before).toBe(1);
    await reader?.read();
    expect(service.statements.length - before).toBe(2);
    await reader?.cancel();
    await settle();
    expect(service.statements.length - before).toBe(2);
  });

  it("breaks off, and does not end, when the operator loses the permission in the middle", async () => {
    const reply = await open();
    expect(reply.status).toBe(200);
    let statements = 0;
    service.onStatement.current = async (text) => {
      if (!isExport(text) || ++statements !== 2) return;
      await service.database.query("delete from auth.user_roles where user_id = $1 and role = 'admin'", [
        admin.user.id,
      ]);
    };
    const read = reply.text();
    await expect(read).rejects.toThrow("not_allowed");
    expect(service.logs.at(-1)).toMatchObject({ event: "http.broken_off", fields: { code: "not_allowed" } });
    await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
  });

  it("breaks off when the database fails in the middle", async () => {
    const reply = await open();
    service.onStatement.current = () => {
      throw new Error("planted");
    };
    await expect(reply.text()).rejects.toThrow();
  });

  it("is refused in a proper problem when nothing has been sent yet", async () => {
    const user = await service.signUp();
    const refused = await service.call("GET", "admin/audit-events/export", { token: user.access_token });
    expect([refused.status, refused.headers.get("content-type"), refused.body.code]).toEqual([
      403,
      "application/problem+json",
      "not_allowed",
    ]);
  });
});
