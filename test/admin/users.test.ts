import { beforeAll, describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

type Listed = { id: string; email: string; name: string | null; roles: string[] };
type List = { data: Listed[]; next_cursor: string | null; total_estimate: number };

let admin: Account;
let people: Account[];

beforeAll(async () => {
  admin = await service.signUp({ name: "Zoe Root" });
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
  people = [];
  for (const name of ["Ann", "Bob", "Ann", "Cat", undefined, "Dan"]) {
    people.push(await service.signUp(name ? { name } : {}));
  }
});

const list = (query: string, token = admin.access_token) =>
  service.call<List & { code: string }>("GET", `admin/users?${query}`, { token });

async function walk(query: string): Promise<Listed[]> {
  const all: Listed[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const { body }: { body: List } = await list(`${query}&limit=2${cursor && `&cursor=${cursor}`}`);
    all.push(...body.data);
    cursor = body.next_cursor;
  }
  return all;
}

describe("the list of users", () => {
  it.each([
    "created_at",
    "-created_at",
    "email",
    "-email",
    "name",
    "-name",
    "last_sign_in_at",
    "-last_sign_in_at",
  ])("pages by %s without repeating or skipping anyone, ties and nulls included", async (sort) => {
    const walked = await walk(`sort=${sort}`);
    const whole = await list(`sort=${sort}&limit=100`);
    expect(walked.map(({ id }) => id)).toEqual(whole.body.data.map(({ id }) => id));
    expect(new Set(walked.map(({ id }) => id)).size).toBe(people.length + 1);
    const key = sort.replace("-", "") as "name";
    const keys = walked.map((user) => user[key] ?? "");
    const sorted = [...keys].sort();
    expect(keys).toEqual(sort.startsWith("-") ? sorted.reverse() : sorted);
  });

  it("filters by text, role, status, verification and time", async () => {
    expect((await list("q=ann")).body.data).toHaveLength(2);
    expect((await list("q=%25")).body.data).toHaveLength(0);
    expect((await list(`q=${people[1]?.user.id}`)).body.data.map(({ name }) => name)).toEqual(["Bob"]);
    expect((await list("role=admin")).body.data.map(({ id }) => id)).toEqual([admin.user.id]);
    expect((await list("status=suspended")).body.data).toEqual([]);
    expect((await list("status=active&limit=1")).body.total_estimate).toBe(people.length + 1);
    expect((await list("verified=true")).body.data).toEqual([]);
    expect((await list("mfa=true")).body.data).toEqual([]);
    expect((await list("mfa=yes")).status).toBe(422);
    expect((await list("created_after=2099-01-01T00:00:00Z")).body.data).toEqual([]);
    expect((await list("created_before=2099-01-01T00:00:00Z")).body.total_estimate).toBe(people.length + 1);
    expect((await list("seen_after=2099-01-01T00:00:00Z")).body.data).toEqual([]);
  });

  it("filters by whether there is a second factor, of either kind", async () => {
    const [app, passkey] = [people[0]?.user.id ?? "", people[3]?.user.id ?? ""];
    const set = (id: string, totp: boolean, passkeys: number) =>
      service.database.query("update auth.users set has_totp = $2, passkeys = $3 where id = $1", [
        id,
        totp,
        passkeys,
      ]);
    await set(app, true, 0);
    await set(passkey, false, 2);
    const having = (await walk("mfa=true&sort=created_at")).map(({ id }) => id);
    const lacking = (await walk("mfa=false&sort=created_at")).map(({ id }) => id);
    expect(having).toEqual([app, passkey]);
    expect([...having, ...lacking].sort()).toEqual([admin, ...people].map(({ user }) => user.id).sort());
    for (const id of having) await set(id, false, 0);
  });

  it("refuses a cursor that is altered, of another sort, filter, list or operator", async () => {
    const { body } = await list("limit=1&sort=email");
    const cursor = String(body.next_cursor);
    expect((await list(`limit=1&sort=email&cursor=${cursor}`)).status).toBe(200);
    const other = await service.signUp();
    await service.database.query("insert into auth.user_roles values ($1, 'admin')", [other.user.id]);
    const replies = [
      await list(`sort=-email&cursor=${cursor}`),
      await list(`sort=email&role=user&cursor=${cursor}`),
      await list(`sort=email&cursor=${cursor.slice(0, -1)}${cursor.endsWith("A") ? "Q" : "A"}`),
      await list("sort=email&cursor=rubbish"),
      await list(`sort=email&cursor=${"A".repeat(4000)}`),
      await list(`sort=email&cursor=${cursor}%3D`),
      await list(`sort=email&cursor=${cursor}`, other.access_token),
      await service.call("GET", `users/me/sessions?cursor=${cursor}`, { token: admin.access_token }),
    ];
    await service.database.query("delete from auth.users where id = $1", [other.user.id]);
    expect(replies.map(({ status, body }) => [status, body.code])).toEqual(
      Array(8).fill([400, "invalid_cursor"]),
    );
  });

  it.each([
    "sort=password_hash",
    "sort=id",
    "unknown=1",
    "limit=0",
    "limit=101",
    "limit=1e1",
    "status=x",
    "created_after=yesterday",
    "created_after=0000-01-01T00:00:00Z",
    "q=",
  ])("answers %s with 422", async (query) => {
    expect([(await list(query)).status, (await list(query)).body.code]).toEqual([422, "invalid_fields"]);
  });

  it("reads an instant in any offset", async () => {
    const far = encodeURIComponent("2020-01-01T00:00:00+23:00");
    expect((await list(`created_after=${far}&limit=1`)).body.total_estimate).toBe(people.length + 1);
  });

  it("never shows a hash", async () => {
    expect((await list("limit=100")).text).not.toMatch(/scrypt|password_hash|email_key/);
  });
});

describe("one user", () => {
  it("is shown to operators, and 404 for an id that is none", async () => {
    const token = admin.access_token;
    expect((await service.call("GET", `admin/users/${admin.user.id}`, { token })).body).toMatchObject({
      app_metadata: {},
      suspended_until: null,
    });
    for (const id of [crypto.randomUUID(), "1", "' or 1=1--"]) {
      expect((await service.call("GET", `admin/users/${encodeURIComponent(id)}`, { token })).status).toBe(
        404,
      );
    }
  });

  it("shows its sessions to operators, who may end them all", async () => {
    const token = admin.access_token;
    const user = await service.signUp();
    const path = `admin/users/${user.user.id}/sessions`;
    const { body } = await service.call<List>("GET", path, { token });
    expect(body).toMatchObject({ data: [{ current: false }], total_estimate: 1 });
    expect((await service.call("DELETE", path, { token })).status).toBe(204);
    expect((await service.call("GET", "users/me", { token: user.access_token })).status).toBe(401);
    expect((await service.call<List>("GET", path, { token })).body.data).toEqual([]);
    expect((await service.call("GET", `admin/users/${crypto.randomUUID()}/sessions`, { token })).status).toBe(
      404,
    );
  });
});
