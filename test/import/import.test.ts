import { beforeAll, describe, expect, it } from "vitest";
import { importUsers } from "../../src/import/import-users.ts";
import { openImport } from "../../src/import/open-import.ts";
import { type Account, freshEmail } from "../support/client.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

type Report = {
  accepted: number;
  skipped: number;
  refused: { line: number; code: string }[];
  refused_count?: number;
};

let admin: Account;

beforeAll(async () => {
  admin = await signUpWith("admin");
  await service.database.query(
    `insert into auth.roles (name, permissions, created_at) values ('mover', '{users:import}', now())`,
  );
});

async function signUpWith(role: string): Promise<Account> {
  const account = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, $2)", [account.user.id, role]);
  return account;
}

const hash = "$2a$04$lE3z4tZZdkq1ZyuOSnV70Ol8YUs9X6LK5tJpq6zwKDHeTffyIAGsu";

function send(lines: readonly unknown[], options: { token?: string; query?: string } = {}) {
  const raw = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  return service.call<Report>("POST", `admin/users/import${options.query ?? ""}`, {
    raw,
    token: options.token ?? admin.access_token,
    headers: { "content-type": "application/x-ndjson" },
  });
}

async function everything(): Promise<unknown> {
  const tables = ["users", "user_roles", "import_runs", "audit_events", "audit_details"];
  return Promise.all(
    tables.map((table) => service.database.query(`select * from auth.${table} order by 1, 2`)),
  );
}

describe("an import", () => {
  it("makes users with all that a line says, who sign in with the password they had", async () => {
    const email = freshEmail();
    const line = {
      email,
      email_verified: true,
      name: "Ada Lovelace",
      external_id: `legacy-${email}`,
      roles: ["admin", "user", "user"],
      metadata: { theme: "dark" },
      app_metadata: { plan: "pro" },
      password_hash: hash,
      created_at: "2019-12-06T19:36:12.412+01:00",
    };
    const { status, body, headers } = await send([line]);
    expect([status, body]).toEqual([200, { accepted: 1, skipped: 0, refused: [] }]);
    expect(headers.get("cache-control")).toBe("no-store");
    const password = "Ünïcode-passwörd-1 😀";
    const { body: tokens } = await service.logIn(email, password);
    const me = await service.call("GET", "users/me", { token: tokens.access_token });
    const { password_hash: _, external_id: __, app_metadata: ___, ...shown } = line;
    expect(me.body).toMatchObject({
      ...shown,
      roles: ["admin", "user"],
      created_at: "2019-12-06T18:36:12.412Z",
    });
    const [row] = await service.database.query("select * from auth.users where email_key = $1", [email]);
    expect(row).toMatchObject({ external_id: line.external_id, app_metadata: line.app_metadata });
  });

  it("takes an address alone, and null for what is left out", async () => {
    const [bare, nulls] = [freshEmail(), freshEmail()];
    const empty = { name: null, roles: null, password_hash: null, metadata: null, created_at: null };
    expect((await send([{ email: bare }, "", { email: nulls, ...empty }])).body.accepted).toBe(2);
    for (const email of [bare, nulls]) {
      const [user] = await service.database.query(
        `select u.email_verified, u.password_hash, u.metadata, array_agg(r.role) as roles
         from auth.users u join auth.user_roles r on r.user_id = u.id where u.email_key = $1 group by u.id`,
        [email],
      );
      expect(user).toEqual({ email_verified: false, password_hash: null, metadata: {}, roles: ["user"] });
    }
  });

  it("skips addresses and external ids that have an account, changing nothing, and the second of a pair", async () => {
    const { email } = await service.signUp();
    const [first, second, third] = [freshEmail(), freshEmail(), freshEmail()];
    const lines = [
      { email: email.toUpperCase(), name: "Mallory", password_hash: hash, roles: ["admin"] },
      { email: first, name: "First", external_id: `id-${first}` },
      { email: first.toUpperCase(), name: "Second" },
      { email: second, external_id: `id-${first}` },
      { email: second, external_id: `id-${second}` },
      { email: third },
    ];
    const preview = await send(lines, { query: "?dry_run=true" });
    const { body } = await send(lines);
    expect(body).toEqual({ accepted: 3, skipped: 3, refused: [] });
    expect(preview.body).toEqual(body);
    const again = { accepted: 0, skipped: 6, refused: [] };
    expect((await send(lines, { query: "?dry_run=true" })).body).toEqual(again);
    expect((await send(lines)).body).toEqual(again);
    const [owner] = await service.database.query("select name from auth.users where email_key = $1", [email]);
    expect([owner, (await service.logIn(email)).status]).toEqual([{ name: null }, 200]);
    const [made] = await service.database.query("select name from auth.users where email_key = $1", [first]);
    expect(made).toEqual({ name: "First" });
  });

  it("names each line it refuses, and takes the others", async () => {
    const email = freshEmail;
    const lines: [unknown, string | null][] = [
      [{ email: email() }, null],
      ["{", "malformed_json"],
      ["[".repeat(60_000), "malformed_json"],
      ["[]", "invalid"],
      ["null", "invalid"],
      [{}, "required"],
      [{ email: 1 }, "invalid"],
      [{ email: "nobody" }, "invalid_email"],
      [{ email: "a b@example.com" }, "invalid_email"],
      [{ email: email(), password: "Correct-horse-7" }, "unknown_field"],
      [{ email: email(), email_verified: "yes" }, "invalid"],
      [{ email: email(), name: "a\nb" }, "invalid"],
      [{ email: email(), name: "x".repeat(201) }, "too_long"],
      [{ email: email(), external_id: "a\0b" }, "invalid"],
      [{ email: email(), roles: ["nobody"] }, "unknown_role"],
      [{ email: email(), roles: "admin" }, "invalid"],
      [{ email: email(), metadata: { a: "x".repeat(4096) } }, "too_long"],
      [{ email: email(), metadata: { a: ["\0"] } }, "invalid"],
      [{ email: email(), metadata: { "\0": 1 } }, "invalid"],
      [`{"email": "${email()}", "app_metadata": {"a": "\\ud800"}}`, "invalid"],
      [{ email: email(), metadata: [] }, "invalid"],
      [{ email: email(), created_at: "2999-01-01T00:00:00Z" }, "invalid"],
      [{ email: email(), created_at: "0001-01-01T00:00:00Z" }, "invalid"],
      [{ email: email(), created_at: "yesterday" }, "invalid"],
      [{ email: email(), password_hash: "5f4dcc3b5aa765d61d8327deb882cf99" }, "invalid_hash"],
      [{ email: email(), password_hash: { algorithm: "md5" } }, "invalid_hash"],
      [{ email: email(), password_hash: `$2b$31$${"a".repeat(53)}` }, "hash_too_costly"],
      [{ email: email(), name: "x".repeat(2 ** 20) }, "too_long"],
      [`{"email": "${email()}"}${" ".repeat(2 ** 20)}`, "too_long"],
      [{ email: email() }, null],
    ];
    const refused = lines.flatMap(([, code], index) => (code ? [{ line: index + 1, code }] : []));
    const given = lines.map(([line]) => line);
    const expected = { accepted: 2, skipped: 0, refused };
    expect((await send(given, { query: "?dry_run=true" })).body).toEqual(expected);
    expect((await send(given)).body).toEqual(expected);
  });

  it("names the first thousand refused lines and counts the rest", async () => {
    const { body } = await send(Array.from({ length: 1203 }, () => "{"));
    expect([body.refused.length, body.refused.at(-1), body.refused_count]).toEqual([
      1000,
      { line: 1000, code: "malformed_json" },
      1203,
    ]);
  });

  it("writes nothing in a dry run", async () => {
    const before = await everything();
    const { body } = await send([{ email: freshEmail() }, "{"], { query: "?dry_run=true" });
    expect([body.accepted, body.refused.length]).toEqual([1, 1]);
    expect(await everything()).toEqual(before);
  });

  it("is streamed past the bound of other bodies, 500 lines a statement, and is on record", async () => {
    const lines = Array.from({ length: 1000 }, () => ({ email: freshEmail(), name: "x".repeat(150) }));
    const before = service.statements.length;
    const { status, body } = await send(lines);
    expect([status, body.accepted, service.statements.length - before]).toEqual([200, 1000, 3]);
    const [run] = await service.database.query(
      "select started_by, accepted, lines, finished_at from auth.import_runs order by started_at desc limit 1",
    );
    expect(run).toMatchObject({ started_by: admin.user.id, accepted: 1000, lines: 1000 });
    expect(run?.finished_at).toBeInstanceOf(Date);
    const events = await service.database.query(
      "select actor_id, session_id from auth.audit_events where action = 'users.imported' order by id desc limit 2",
    );
    expect(events.map(({ actor_id }) => actor_id)).toEqual([admin.user.id, admin.user.id]);
  });

  it("needs users:import, and roles:assign to give a role", async () => {
    const plain = await service.signUp();
    const { status, body } = await send([{ email: freshEmail() }], { token: plain.access_token });
    expect([status, body]).toMatchObject([403, { code: "not_allowed" }]);
    const mover = await signUpWith("mover");
    const lines = [
      { email: freshEmail() },
      { email: freshEmail(), roles: ["admin"] },
      { email: freshEmail(), roles: ["user"] },
      { email: freshEmail(), roles: ["user", "mover"] },
    ];
    const refused = [2, 4].map((line) => ({ line, code: "not_allowed" }));
    for (const query of ["?dry_run=true", "?dry_run=false"]) {
      const report = await send(lines, { token: mover.access_token, query });
      expect(report.body).toEqual({ accepted: 2, skipped: 0, refused });
    }
  });

  it.each(["application/json", "text/plain", "application/x-www-form-urlencoded", undefined])(
    "takes no body of type %s",
    async (type) => {
      const { status, body } = await service.call("POST", "admin/users/import", {
        raw: new TextEncoder().encode("{}"),
        token: admin.access_token,
        ...(type && { headers: { "content-type": type } }),
      });
      expect([status, body.code]).toEqual([415, "unsupported_media_type"]);
    },
  );

  it("refuses a query it does not know", async () => {
    expect((await send([], { query: "?dryrun=true" })).status).toBe(422);
    expect((await send([], { query: "?dry_run=maybe" })).status).toBe(422);
  });
});

describe("an import under way", () => {
  /** Sends `before`, waits for `meanwhile`, then sends `after`. */
  function slowly(token: string, before: string, meanwhile: () => Promise<unknown>, after: string) {
    const pulls: (() => Promise<string>)[] = [
      async () => before,
      async () => {
        await meanwhile();
        return after;
      },
    ];
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const next = pulls.shift();
        if (next) controller.enqueue(new TextEncoder().encode(await next()));
        else controller.close();
      },
    });
    return service.call<Report>("POST", "admin/users/import", {
      raw: body,
      token,
      headers: { "content-type": "application/x-ndjson" },
    });
  }
  const linesOf = (emails: readonly string[]) =>
    emails.map((email) => `${JSON.stringify({ email })}\n`).join("");
  const some = (count: number) => Array.from({ length: count }, freshEmail);
  const present = async (emails: readonly string[]) =>
    (await service.database.query("select 1 from auth.users where email_key = any($1)", [emails])).length;

  it.each([
    ["a demotion", "delete from auth.user_roles where user_id = $1 and role = 'mover'", 403],
    ["the end of the session", "update auth.sessions set ended_at = now() where user_id = $1", 401],
  ])("is stopped by %s, and keeps what it had", async (_, change, expected) => {
    const mover = await signUpWith("mover");
    const [first, second] = [some(501), some(10)];
    const demote = async () => {
      await expect.poll(() => present(first)).toBe(500);
      await service.database.query(change, [mover.user.id]);
    };
    const { status } = await slowly(mover.access_token, linesOf(first), demote, linesOf(second));
    expect([status, await present(first), await present(second)]).toEqual([expected, 500, 0]);
  });

  it("is not read at all when the caller may not", async () => {
    const plain = await service.signUp();
    let asked = false;
    const ask = async () => {
      asked = true;
    };
    const { status } = await slowly(plain.access_token, linesOf(some(1)), ask, "");
    expect([status, asked]).toEqual([403, false]);
  });

  it("is gone on with by one process, and every line counts once", async () => {
    const emails = some(1200);
    const run = await openImport(service.deps, { sha256: "0".repeat(64) });
    const operator = { ip: "local", network: "local", userAgent: null, place: null, requestId: "cli" };
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map(async () => {
        const chunks = new Blob([linesOf(emails)]).stream();
        return importUsers(service.deps, operator, { run, chunks });
      }),
    );
    const refused = outcomes.flatMap((each) => (each.status === "rejected" ? each.reason.code : []));
    expect(refused).toEqual(["conflict", "conflict"]);
    const [row] = await service.database.query(
      "select accepted, skipped, lines from auth.import_runs where id = $1",
      [run.id],
    );
    expect([row, await present(emails)]).toEqual([{ accepted: 1200, skipped: 0, lines: 1200 }, 1200]);
  });
});
