import { beforeAll, describe, expect, it } from "vitest";
import { seedPeople } from "../../bench/people.ts";
import type { Account } from "../support/client.ts";
import { type Service, useService } from "../support/service.ts";

type User = {
  id: string;
  email: string;
  name: string | null;
  roles: string[];
  status: string;
  email_verified: boolean;
  mfa_enabled: boolean;
  created_at: string;
  last_sign_in_at: string | null;
};
type List = { data: User[]; next_cursor: string | null; total_estimate: number };

const count = 500;

/** Names and addresses that are easily mistaken for patterns, or not for letters. */
const odd: [string, string | null][] = [
  ["100%_sure@example.com", "100%_sure\\thing"],
  ["percent@example.com", "100 percent sure thing"],
  ["obrien@example.com", "Pat O'Brien"],
  ["zoe@example.com", "Zoë Ångström"],
  ["yamada@example.com", "山田太郎"],
  ["nameless@example.com", null],
  ["ab@example.com", "Xy"],
];

async function fill(service: Service): Promise<Account> {
  const admin = await service.signUp({ name: "Root" });
  const { query } = service.database;
  await query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
  await seedPeople((text, values) => query(text, values), count);
  for (const [email, name] of odd) {
    await query(
      `insert into auth.users (id, email, email_key, name, created_at, updated_at)
       values (gen_random_uuid(), $1, lower($1), $2, now(), now())`,
      [email, name],
    );
  }
  return admin;
}

async function everybody(service: Service, token: string, parameters: Record<string, string>) {
  const all: User[] = [];
  let total = 0;
  let cursor: string | null = null;
  do {
    const sent = new URLSearchParams({ ...parameters, limit: "100", ...(cursor && { cursor }) });
    const { status, body, text } = await service.call<List>("GET", `admin/users?${sent}`, { token });
    if (status !== 200) throw new Error(text);
    all.push(...body.data);
    total = body.total_estimate;
    cursor = body.next_cursor;
  } while (cursor);
  return { ids: all.map(({ id }) => id).sort(), all, total };
}

const instant = "2026-01-01T00:00:00.000Z";

describe("searching and filtering users", () => {
  const service = useService({ THROTTLE: "off" });
  let admin: Account;
  let people: User[];

  beforeAll(async () => {
    admin = await fill(service);
    people = (await everybody(service, admin.access_token, {})).all;
    expect(people).toHaveLength(count + odd.length + 1);
  });

  const has = (q: string) => (user: User) =>
    `${user.email}\n${user.name ?? ""}`.toLowerCase().includes(q.toLowerCase());
  const begins = (q: string) => (user: User) =>
    [user.email, user.name ?? ""].some((text) => text.toLowerCase().startsWith(q.toLowerCase()));

  const cases: [string, Record<string, string>, (user: User) => boolean][] = [
    ["a part of a name, in any case", { q: "MiTh" }, has("mith")],
    ["a part of an address", { q: "n7@mail" }, has("n7@mail")],
    ["a percent sign, as it is", { q: "100%" }, has("100%")],
    ["an underscore, as it is", { q: "%_sure" }, has("%_sure")],
    ["a backslash, as it is", { q: "sure\\thi" }, has("sure\\thi")],
    ["a quote", { q: "o'brien" }, has("o'brien")],
    ["what would be SQL", { q: "' or true --" }, has("' or true --")],
    ["what nobody is called", { q: "qqqqqqq" }, has("qqqqqqq")],
    ["everybody", { q: "example" }, has("example")],
    ["two letters, at the beginning", { q: "Ad" }, begins("ad")],
    ["one letter, at the beginning", { q: "x" }, begins("x")],
    ["signs alone, at the beginning", { q: "%_" }, begins("%_")],
    ["letters with marks", { q: "Zoë" }, begins("Zoë")],
    ["Latin letters beside marks", { q: "ngström" }, has("ngström")],
    ["letters of another script", { q: "山田" }, begins("山田")],
    ["a role of few", { role: "support" }, ({ roles }) => roles.includes("support")],
    ["a role of all", { role: "user" }, ({ roles }) => roles.includes("user")],
    ["a role of nobody", { role: "none" }, () => false],
    ["suspended", { status: "suspended" }, ({ status }) => status === "suspended"],
    ["active", { status: "active" }, ({ status }) => status === "active"],
    ["verified", { verified: "true" }, (user) => user.email_verified],
    ["not verified", { verified: "false" }, (user) => !user.email_verified],
    ["a second factor", { mfa: "true" }, (user) => user.mfa_enabled],
    ["no second factor", { mfa: "false" }, (user) => !user.mfa_enabled],
    ["created after", { created_after: instant }, (user) => user.created_at > instant],
    ["created before", { created_before: instant }, (user) => user.created_at < instant],
    ["seen after", { seen_after: instant }, (user) => (user.last_sign_in_at ?? "") > instant],
    [
      "all at once",
      { q: "company", status: "active", verified: "true", mfa: "false", role: "user", seen_after: instant },
      (user) =>
        has("company")(user) &&
        user.status === "active" &&
        user.email_verified &&
        !user.mfa_enabled &&
        user.roles.includes("user") &&
        (user.last_sign_in_at ?? "") > instant,
    ],
  ];

  it.each(cases)("finds %s: exactly those, and counts them", async (_, parameters, matches) => {
    const expected = people.filter(matches).map(({ id }) => id);
    for (const sort of ["-created_at", "name", "email", "last_sign_in_at"]) {
      const found = await everybody(service, admin.access_token, { ...parameters, sort });
      expect(found.ids).toEqual(expected.sort());
      expect(found.total).toBe(expected.length);
    }
  });

  it("finds a user by id in any case, and nobody else", async () => {
    const { id } = people[7] as User;
    const found = await everybody(service, admin.access_token, { q: id.toUpperCase() });
    expect([found.ids, found.total]).toEqual([[id], 1]);
  });
});

describe("searching users without trigrams", () => {
  const service = useService({ THROTTLE: "off" });

  it("finds by the beginnings of address and name", async () => {
    const admin = await fill(service);
    await service.database.query("drop extension pg_trgm cascade");
    const search = (q: string) => everybody(service, admin.access_token, { q });
    const names = async (q: string) => (await search(q)).all.map(({ name }) => name);
    expect(await names("Pat O'B")).toEqual(["Pat O'Brien"]);
    expect(await names("yamada")).toEqual(["山田太郎"]);
    expect(await names("obrie")).toEqual(["Pat O'Brien"]);
    expect(await names("brien")).toEqual([]);
    const { all, total } = await search("ada");
    expect(all.length).toBeGreaterThan(1);
    expect(total).toBe(all.length);
    expect(all.every(({ email, name }) => email.startsWith("ada") || name?.startsWith("Ada"))).toBe(true);
  });
});
