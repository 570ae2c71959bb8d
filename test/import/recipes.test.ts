import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const page = readFileSync("docs/bring-your-users.md", "utf8");
const folder = mkdtempSync(join(tmpdir(), "gatehouse-recipes-"));

type Vector = { password: string; hash: string | Record<string, unknown> };
const vectors = JSON.parse(readFileSync("test/vectors/foreign_hashes.json", "utf8")) as Vector[];
const password = "Correct-horse-7";

/** A hash of `password` that begins so. */
function hashLike(start: RegExp): string {
  const fits = ({ hash, password: of }: Vector) =>
    typeof hash === "string" && hash.search(start) === 0 && of === password;
  return vectors.find(fits)?.hash as string;
}

/** The code that the page gives for a service. */
function recipe(heading: string): string {
  const section = page.split(`## From ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const code = /```(?:sql|js)\n([\s\S]*?)```/.exec(section)?.[1];
  if (!code) throw new Error(`the page has no recipe for ${heading}`);
  return code;
}

function runScript(heading: string, input: string, environment: Record<string, string> = {}): string {
  const [script, file] = [join(folder, `${heading}.mjs`), join(folder, `${heading}.json`)];
  writeFileSync(script, recipe(heading));
  writeFileSync(file, input);
  const { stdout, stderr } = spawnSync(process.execPath, [script, file], {
    input,
    encoding: "utf8",
    env: { PATH: process.env.PATH, ...environment },
  });
  expect(stderr).toBe("");
  return stdout;
}

let admin: string;
let old: TestDatabase;

beforeAll(async () => {
  const { access_token, user } = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [user.id]);
  admin = access_token;
  // Another service's database: nothing of ours is in it.
  old = await createTestDatabase();
  await old.query("drop schema auth cascade");
});

afterAll(() => old.close());

/** What `psql -At` with PGTZ=UTC prints for a recipe's query. */
async function runQuery(heading: string): Promise<string> {
  const client = new pg.Client({ connectionString: old.url, types: { getTypeParser: () => String } });
  await client.connect();
  await client.query("set timezone = 'UTC'");
  const { rows } = await client.query<string[]>({ text: recipe(heading), rowMode: "array" });
  await client.end();
  return rows.map(([line]) => `${line}\n`).join("");
}

async function importAll(ndjson: string, accepted: number): Promise<void> {
  const { body } = await service.call("POST", "admin/users/import", {
    raw: ndjson,
    token: admin,
    headers: { "content-type": "application/x-ndjson" },
  });
  expect(body).toEqual({ accepted, skipped: 0, refused: [] });
}

/** Signs in and answers with the profile. */
async function profileOf(email: string, withPassword = password): Promise<Record<string, unknown>> {
  const { status, body } = await service.logIn(email, withPassword);
  expect([email, status]).toEqual([email, 200]);
  return (await service.call("GET", "users/me", { token: body.access_token })).body;
}

describe("the recipe for", () => {
  it("the FastAPI template is the same on both pages", () => {
    const tight = (text: string) => text.replace(/\s+/g, " ");
    const shown = /```sql\n([\s\S]*?)```/.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
    expect(tight(shown)).toBe(tight(recipe("the FastAPI template")));
  });

  it("the FastAPI template moves its users, and its superusers as admins", async () => {
    await old.query(`create table "user" (id uuid primary key, email varchar(255) not null unique,
      hashed_password varchar not null, full_name varchar(255), is_active boolean not null,
      is_superuser boolean not null)`);
    await old.query(
      `insert into "user" values (gen_random_uuid(), 'root@fastapi.example', $1, 'Ada "A." Lovelace', true, true),
        (gen_random_uuid(), 'plain@fastapi.example', $2, '', true, false),
        (gen_random_uuid(), 'gone@fastapi.example', $1, null, false, false)`,
      [hashLike(/\$2b\$10/), hashLike(/\$argon2id\$v=19\$m=7168/)],
    );
    await importAll(await runQuery("the FastAPI template"), 2);
    expect(await profileOf("root@fastapi.example")).toMatchObject({
      roles: ["admin", "user"],
      name: 'Ada "A." Lovelace',
      email_verified: false,
    });
    expect(await profileOf("plain@fastapi.example")).toMatchObject({ roles: ["user"], name: null });
    await old.query(`drop table "user"`);
  });

  it("better-auth moves its users, those without a password too", async () => {
    await old.query(`create table "user" (id text primary key, name text not null, email text not null unique,
      "emailVerified" boolean not null, image text, "createdAt" timestamp not null, "updatedAt" timestamp not null)`);
    await old.query(`create table account (id text primary key, "accountId" text not null,
      "providerId" text not null, "userId" text not null, password text)`);
    await old.query(`insert into "user" values
      ('u1', 'Ada', 'ada@better.example', true, null, '2024-02-03 04:05:06.789', now()),
      ('u2', 'Bob', 'bob@better.example', false, null, '2024-02-03', now())`);
    await old.query(
      `insert into account values ('a1', 'u1', 'credential', 'u1', $1), ('a2', 'x', 'github', 'u1', null),
        ('a3', 'y', 'github', 'u2', null)`,
      [hashLike(/[0-9a-f]{32}:/)],
    );
    await importAll(await runQuery("better-auth"), 2);
    expect(await profileOf("ada@better.example")).toMatchObject({
      email_verified: true,
      name: "Ada",
      created_at: "2024-02-03T04:05:06.789Z",
    });
    const [bob] = await service.database.query(
      "select external_id, password_hash from auth.users where email_key = 'bob@better.example'",
    );
    expect(bob).toEqual({ external_id: "u2", password_hash: null });
  });

  it("Supabase Auth moves its users with their metadata", async () => {
    await old.query("create schema auth");
    await old.query(`create table auth.users (id uuid primary key, email varchar(255), encrypted_password varchar(255),
      email_confirmed_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb, created_at timestamptz,
      banned_until timestamptz, deleted_at timestamptz)`);
    await old.query(
      `insert into auth.users values
        (gen_random_uuid(), 'ada@supabase.example', $1, now(), '{"provider": "email"}', '{"full_name": "Ada"}',
          '2023-01-02T03:04:05Z', null, null),
        (gen_random_uuid(), 'eve@supabase.example', $1, now(), '{}', '{}', now(), now() + interval '1 day', null),
        (gen_random_uuid(), null, '', null, '{}', '{}', now(), null, null),
        (gen_random_uuid(), 'bob@supabase.example', '', null, '{}', null, now(), null, null)`,
      [hashLike(/\$2b\$10/).replace("$2b$", "$2a$")],
    );
    await importAll(await runQuery("Supabase Auth"), 2);
    expect(await profileOf("ada@supabase.example")).toMatchObject({
      email_verified: true,
      name: "Ada",
      metadata: { full_name: "Ada" },
      created_at: "2023-01-02T03:04:05.000Z",
    });
  });

  it("Keycloak turns its two ways to hash into what we read", async () => {
    const argon2 = hashLike(/\$argon2id\$v=19\$m=7168/).split("$");
    const pbkdf2 = hashLike(/\$pbkdf2-sha512\$210000/).split("$");
    const padded = (text = "") => Buffer.from(text.replaceAll(".", "+"), "base64").toString("base64");
    const credential = (data: object, salt: string | undefined, value: string | undefined) => ({
      type: "password",
      credentialData: JSON.stringify(data),
      secretData: JSON.stringify({ salt: padded(salt), value: padded(value), additionalParameters: {} }),
    });
    const additionalParameters = {
      hashLength: ["32"],
      memory: ["7168"],
      type: ["id"],
      version: ["1.3"],
      parallelism: ["1"],
    };
    const users = [
      {
        id: crypto.randomUUID(),
        username: "ada",
        email: "ada@keycloak.example",
        emailVerified: true,
        enabled: true,
        firstName: "Ada",
        lastName: "Lovelace",
        createdTimestamp: 1_700_000_000_000,
        credentials: [
          credential({ algorithm: "argon2", hashIterations: 5, additionalParameters }, argon2[4], argon2[5]),
        ],
      },
      {
        id: crypto.randomUUID(),
        username: "bob",
        email: "bob@keycloak.example",
        emailVerified: false,
        enabled: true,
        credentials: [
          credential({ algorithm: "pbkdf2-sha512", hashIterations: 210_000 }, pbkdf2[3], pbkdf2[4]),
        ],
      },
      { id: crypto.randomUUID(), username: "service-account", enabled: true },
    ];
    await importAll(runScript("Keycloak", JSON.stringify({ realm: "example", users })), 2);
    expect(await profileOf("ada@keycloak.example")).toMatchObject({
      name: "Ada Lovelace",
      created_at: "2023-11-14T22:13:20.000Z",
    });
    await profileOf("bob@keycloak.example");
  });

  it("Firebase joins an account with its project's parameters", async () => {
    const vector = vectors.find(({ hash }) => typeof hash === "object") as Vector & {
      hash: Record<string, string>;
    };
    const user = {
      localId: "abc",
      email: "ada@firebase.example",
      emailVerified: true,
      passwordHash: vector.hash.hash,
      salt: vector.hash.salt,
      displayName: "Ada",
      createdAt: "1700000000000",
      providerUserInfo: [],
    };
    const lines = runScript("Firebase", JSON.stringify({ users: [user, { localId: "anonymous" }] }), {
      SIGNER_KEY: String(vector.hash.signer_key),
    });
    await importAll(lines, 1);
    expect(await profileOf("ada@firebase.example", vector.password)).toMatchObject({ name: "Ada" });
  });

  it("Auth0 reads addresses where either of its exports has them", async () => {
    const users = [
      {
        _id: { $oid: "5dea9f9c82dd7c0e76e4ec93" },
        email_verified: true,
        email: "ada@auth0.example",
        passwordHash: hashLike(/\$2b\$10/),
        tenant: "example",
        connection: "Username-Password-Authentication",
      },
      {
        _id: { $oid: "5dea9f9c82dd7c0e76e4ec94" },
        alt_id: "euclid",
        identifiers: [{ type: "email", value: "bob@auth0.example", verified: false }],
        passwordHash: hashLike(/\$2b\$10/),
      },
    ];
    await importAll(runScript("Auth0", users.map((user) => JSON.stringify(user)).join("\n")), 2);
    expect(await profileOf("ada@auth0.example")).toMatchObject({ email_verified: true });
    expect(await profileOf("bob@auth0.example")).toMatchObject({ email_verified: false });
    const ids = await service.database.query(
      "select external_id from auth.users where email_key like '%@auth0.example' order by 1",
    );
    expect(ids.map(({ external_id }) => external_id)).toEqual([
      "auth0|5dea9f9c82dd7c0e76e4ec93",
      "auth0|euclid",
    ]);
  });
});
