import { beforeAll, describe, expect, it } from "vitest";
import { seedPeople } from "../../bench/people.ts";
import { createApp } from "../../src/app.ts";
import { type Account, freshIp } from "../support/client.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const count = 3500;

type User = { id: string; email: string };
type List = { data: User[]; next_cursor: string | null };

let admin: Account;

beforeAll(async () => {
  admin = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
  await seedPeople((text, values) => service.database.query(text, values), count);
});

const linesOf = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as User);

/** The reply as it comes, before anything of it is read. */
async function open(token: string): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const request = new Request("http://localhost:8787/api/v1/admin/users/export", {
    headers: { authorization: `Bearer ${token}` },
  });
  const reply = await createApp(service.deps).fetch(request, { remoteAddress: freshIp() });
  expect(reply.status).toBe(200);
  return (reply.body as ReadableStream<Uint8Array>).getReader();
}

const exportStatements = () => service.statements.filter((text) => text.includes("batch as")).length;

describe("the export of users", () => {
  it("is in the log under its own name, and not as some user's", async () => {
    await service.call("GET", "admin/users/export", { token: admin.access_token });
    const line = service.logs.findLast(({ event }) => event === "http.request");
    expect(line?.fields.route).toBe("/api/v1/admin/users/export");
    await service.call("GET", `admin/users/${admin.user.id}`, { token: admin.access_token });
    const next = service.logs.findLast(({ event }) => event === "http.request");
    expect(next?.fields.route).toBe("/api/v1/admin/users/:id");
  });

  it("has every user as the list shows them, oldest id first", async () => {
    const { status, text, headers } = await service.call("GET", "admin/users/export", {
      token: admin.access_token,
    });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/x-ndjson");
    expect(headers.get("content-disposition")).toBe('attachment; filename="users.ndjson"');
    expect(headers.get("cache-control")).toBe("no-store");
    const exported = linesOf(text);
    const listed: User[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const path: string = `admin/users?sort=created_at&limit=100${cursor && `&cursor=${cursor}`}`;
      const { body } = await service.call<List>("GET", path, { token: admin.access_token });
      listed.push(...body.data);
      cursor = body.next_cursor;
    }
    const byId = (a: User, b: User) => (a.id < b.id ? -1 : 1);
    expect(exported).toHaveLength(count + 1);
    expect(exported).toEqual(listed.sort(byId));
    expect(text).not.toMatch(/scrypt|password_hash|email_key/);
  });

  it("is refused without the permission, before anything is read or recorded", async () => {
    const user = await service.signUp();
    await service.database.query("insert into auth.user_roles values ($1, 'auditor')", [user.user.id]);
    const refused = await service.call("GET", "admin/users/export", { token: user.access_token });
    expect([refused.status, refused.body.code]).toEqual([403, "not_allowed"]);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect((await service.call("GET", "admin/users/export")).body.code).toBe("missing_token");
    await service.database.query("update auth.sessions set ended_at = now() where user_id = $1", [
      user.user.id,
    ]);
    const ended = await service.call("GET", "admin/users/export", { token: user.access_token });
    expect([ended.status, ended.body.code]).toEqual([401, "invalid_token"]);
    const recorded = await service.database.query(
      "select 1 from auth.audit_events where action = 'users.exported' and actor_id = $1",
      [user.user.id],
    );
    expect(recorded).toEqual([]);
    await service.database.query("delete from auth.users where id = $1", [user.user.id]);
  });

  it("is recorded once, however many statements it takes", async () => {
    const { query } = service.database;
    const events = () =>
      query<{ actor_id: string; session_id: string | null }>(
        "select actor_id, session_id from auth.audit_events where action = 'users.exported'",
      );
    const before = (await events()).length;
    await service.call("GET", "admin/users/export", { token: admin.access_token });
    const after = await events();
    expect(after).toHaveLength(before + 1);
    expect(after.at(-1)).toMatchObject({ actor_id: admin.user.id, session_id: expect.any(String) });
  });

  it("asks for a thousand users at a time, and only as they are read", async () => {
    const before = exportStatements();
    const reader = await open(admin.access_token);
    expect(exportStatements() - before).toBe(1);
    const first = await reader.read();
    expect(linesOf(new TextDecoder().decode(first.value))).toHaveLength(1000);
    await new Promise((wake) => setTimeout(wake, 50));
    expect(exportStatements() - before).toBe(1);
    await reader.cancel();
    expect(exportStatements() - before).toBe(1);
  });

  it.each([
    ["is demoted", "delete from auth.user_roles where user_id = $1 and role = 'admin'"],
    ["is suspended", "update auth.users set status = 'suspended' where id = $1"],
    ["is signed out", "update auth.sessions set ended_at = now() where user_id = $1"],
  ])("breaks off when the operator %s in the middle of it", async (_, text) => {
    const operator = await service.signUp();
    const { query } = service.database;
    await query("insert into auth.user_roles values ($1, 'admin')", [operator.user.id]);
    const reader = await open(operator.access_token);
    await reader.read();
    await query(text, [operator.user.id]);
    await expect(reader.read()).rejects.toThrow();
    await query("delete from auth.users where id = $1", [operator.user.id]);
  });

  it("neither repeats nor skips a user who stays, while others come and go", async () => {
    const { query } = service.database;
    const before = await query<User>("select id from auth.users");
    const reader = await open(admin.access_token);
    let text = "";
    const decoder = new TextDecoder();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      text += decoder.decode(read.value, { stream: true });
      await query(
        "delete from auth.users where id in (select id from auth.users where id <> $1 order by random() limit 50)",
        [admin.user.id],
      );
      await query(`insert into auth.users (id, email, email_key, created_at, updated_at)
        select gen_random_uuid(), m, m, now(), now() from (select md5(random()::text) || '@new.example' as m from generate_series(1, 50)) n`);
    }
    const stayed = new Set((await query<User>("select id from auth.users")).map(({ id }) => id));
    const exported = linesOf(text).map(({ id }) => id);
    expect(new Set(exported).size).toBe(exported.length);
    const missing = before.filter(({ id }) => stayed.has(id) && !exported.includes(id));
    expect(missing).toEqual([]);
  });
});
