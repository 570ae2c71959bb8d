import { beforeAll, describe, expect, it } from "vitest";
import { type Account, freshEmail, freshIp } from "../support/client.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

type Entry = Record<
  "id" | "occurred_at" | "action" | "outcome" | "actor_id" | "subject_id" | "ip" | "email" | "text",
  string
>;
type List = { data: Entry[]; next_cursor: string | null; total_estimate: number; code: string };

let admin: Account;
let user: Account;
const ip = freshIp();

const makeOperator = (id: string, role = "admin") =>
  service.database.query("insert into auth.user_roles values ($1, $2)", [id, role]);

const list = (query: string, token = admin.access_token) =>
  service.call<List>("GET", `admin/audit-events?${query}`, { token });

async function walk(query: string, between: () => Promise<unknown> = async () => undefined) {
  const all: Entry[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const { body }: { body: List } = await list(`${query}&limit=3${cursor && `&cursor=${cursor}`}`);
    all.push(...body.data);
    cursor = body.next_cursor;
    await between();
  }
  return all;
}

beforeAll(async () => {
  admin = await service.signUp();
  await makeOperator(admin.user.id);
  user = await service.signUp({ ip });
  await service.logIn(user.email, "Wrong-horse-7", ip);
  await service.logIn(user.email, undefined, ip);
  const token = admin.access_token;
  const path = `admin/users/${user.user.id}`;
  await service.call("POST", `${path}/suspend`, { token, json: { reason: "Chargeback" } });
  await service.call("POST", `${path}/reinstate`, { token });
});

describe("the list of audit events", () => {
  it("shows who did what to whom, newest first, with details", async () => {
    const { status, body } = await list(`subject=${user.user.id}`);
    expect([status, body.total_estimate, body.next_cursor]).toEqual([200, 5, null]);
    expect(body.data.map(({ action }) => action)).toEqual([
      "user.reinstated",
      "user.suspended",
      "login.succeeded",
      "login.refused",
      "account.created",
    ]);
    expect(body.data[1]).toEqual({
      id: expect.any(String),
      occurred_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      action: "user.suspended",
      outcome: "success",
      actor_id: admin.user.id,
      subject_id: user.user.id,
      session_id: expect.any(String),
      request_id: expect.any(String),
      ip: expect.any(String),
      user_agent: null,
      email: null,
      text: "Chargeback",
    });
    expect(body.data[3]).toMatchObject({ outcome: "denied", ip, email: user.email, actor_id: null });
  });

  it("filters by actor, subject, action, outcome, address and time, alone and together", async () => {
    const actions = async (query: string) => (await list(query)).body.data.map(({ action }) => action);
    const suspended = ["user.reinstated", "user.suspended"];
    const own = `subject=${user.user.id}`;
    expect(await actions(`actor=${admin.user.id}&${own}`)).toEqual(suspended);
    expect(await actions(`actor=${admin.user.id.toUpperCase()}&action=user.suspended`)).toEqual([
      "user.suspended",
    ]);
    expect(await actions(`outcome=denied&${own}`)).toEqual(["login.refused"]);
    expect(await actions(`ip=${ip}`)).toEqual(["login.succeeded", "login.refused", "account.created"]);
    expect(await actions(`ip=::ffff:${ip}&outcome=denied`)).toEqual(["login.refused"]);
    expect(await actions(`ip=${ip}&${own}&action=account.created`)).toEqual(["account.created"]);
    expect(await actions(`ip=${ip}&actor=${admin.user.id}`)).toEqual([]);
    expect(await actions("action=login.refused&outcome=success")).toEqual([]);
    expect(await actions("ip=nowhere")).toEqual([]);
    const [, second] = (await list(own)).body.data;
    const at = encodeURIComponent(new Date(Date.parse(second?.occurred_at ?? "") + 1).toISOString());
    expect(await actions(`${own}&occurred_before=${at}&limit=1`)).toEqual(["user.suspended"]);
    expect(await actions(`${own}&occurred_after=${at}`)).toEqual(["user.reinstated"]);
    expect(await actions(`ip=${ip}&occurred_before=2020-01-01T00:00:00Z`)).toEqual([]);
  });

  it.each([
    "actor=1",
    "subject=not-an-id",
    "outcome=maybe",
    "occurred_after=yesterday",
    "occurred_before=0000-01-01T00:00:00Z",
    "sort=action",
    "user=1",
    "limit=0",
    "action=",
    "action=a%00b",
    "ip=",
  ])("answers %s with 422", async (query) => {
    for (const path of ["", "/export"]) {
      const reply = await service.call("GET", `admin/audit-events${path}?${query}`, {
        token: admin.access_token,
      });
      expect([path, reply.status, reply.body.code]).toEqual([path, 422, "invalid_fields"]);
    }
  });

  it("refuses a cursor that is altered, of other filters, another list or operator", async () => {
    const cursor = String((await list("limit=1&outcome=success")).body.next_cursor);
    expect((await list(`limit=1&outcome=success&cursor=${cursor}`)).status).toBe(200);
    const other = await service.signUp();
    await makeOperator(other.user.id);
    const token = admin.access_token;
    const replies = [
      await list(`limit=1&cursor=${cursor}`),
      await list(`outcome=denied&cursor=${cursor}`),
      await list(`outcome=success&ip=${ip}&cursor=${cursor}`),
      await list(`outcome=success&cursor=${cursor.slice(0, -1)}${cursor.endsWith("A") ? "Q" : "A"}`),
      await list("cursor=rubbish"),
      await list(`outcome=success&cursor=${cursor}%3D`),
      await list(`outcome=success&cursor=${"A".repeat(4000)}`),
      await list(`outcome=success&cursor=${cursor}`, other.access_token),
      await service.call<List>("GET", `admin/users?cursor=${cursor}`, { token }),
      await service.call<List>("GET", `admin/outbox?cursor=${cursor}`, { token }),
    ];
    expect(replies.map(({ status, body }) => [status, body.code])).toEqual(
      Array(10).fill([400, "invalid_cursor"]),
    );
  });

  it("pages without repeating or skipping an event while others are written, in one instant too", async () => {
    await service.database.query(
      `insert into auth.audit_events (id, occurred_at, action, outcome, request_id, details_hash)
       select gen_random_uuid(), date_trunc('second', now()), 'tie', 'success', 'test', '' from generate_series(1, 20)`,
    );
    for (const query of ["", `ip=${ip}`, "action=tie", "outcome=success"]) {
      const before = (await list(`${query}&limit=100`)).body;
      expect(before.next_cursor).toBeNull();
      const walked = await walk(query, () => service.logIn(freshEmail(), "Wrong-horse-7", ip));
      expect(walked.map(({ id }) => id)).toEqual(before.data.map(({ id }) => id));
      expect(new Set(walked.map(({ id }) => id)).size).toBe(walked.length);
    }
  });

  it("is for those with audit:read, and at once no more for who lost it", async () => {
    const auditor = await service.signUp();
    const ask = async () => (await list("", auditor.access_token)).status;
    expect(await ask()).toBe(403);
    await makeOperator(auditor.user.id, "auditor");
    expect(await ask()).toBe(200);
    await service.database.query("delete from auth.user_roles where user_id = $1", [auditor.user.id]);
    expect(await ask()).toBe(403);
    expect((await service.call("GET", "admin/audit-events")).status).toBe(401);
  });

  it("shows an event whose details were erased, without them", async () => {
    const leaver = await service.signUp();
    await service.call("DELETE", "users/me", { token: leaver.access_token });
    const { data } = (await list(`subject=${leaver.user.id}&action=account.created`)).body;
    expect(data).toMatchObject([{ action: "account.created", ip: null, email: null, text: null }]);
  });
});
