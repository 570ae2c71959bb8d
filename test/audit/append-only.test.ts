import { readFileSync } from "node:fs";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { useService } from "../support/service.ts";

const service = useService();

const codeOf = (error: unknown) => (error as { code?: string }).code;
const refusalOf = (text: string) =>
  service.database.query(text).then(
    () => "done",
    (error: unknown) => `${codeOf(error)} ${(error as Error).message}`,
  );

let partition: string;

beforeAll(async () => {
  await service.signUp();
  service.advance(301);
  await service.call("POST", "/dev/cron");
  const [row] = await service.database.query<{ name: string }>(
    "select tableoid::regclass::text as name from auth.audit_events limit 1",
  );
  partition = row?.name ?? "";
});

describe("the audit log is append-only by trigger, for a superuser too", () => {
  it("in its events, by the parent and by the partition", async () => {
    expect(partition).toMatch(/^auth\.audit_events_\d{4}_\d{2}$/);
    for (const table of ["auth.audit_events", partition]) {
      for (const sql of [`update ${table} set outcome = 'x'`, `delete from ${table}`, `truncate ${table}`]) {
        expect([sql, await refusalOf(sql)]).toEqual([sql, expect.stringContaining("42501 the audit log")]);
      }
    }
    expect(await refusalOf("truncate auth.audit_events_default")).toContain("42501");
  });

  it("in its details, which may be erased and nothing else", async () => {
    const details = partition.replace("events", "details");
    for (const table of ["auth.audit_details", details]) {
      for (const sql of [`update ${table} set ip = 'x'`, `truncate ${table}`]) {
        expect([sql, await refusalOf(sql)]).toEqual([sql, expect.stringContaining("42501 the audit log")]);
      }
    }
    expect(await refusalOf("delete from auth.audit_details where email = 'nobody'")).toBe("done");
  });

  it("in its seals", async () => {
    expect(await refusalOf("select 1 / count(*) from auth.audit_seals")).toBe("done");
    for (const sql of ["update auth.audit_seals set events = 0", "delete from auth.audit_seals"]) {
      expect(await refusalOf(sql)).toContain("42501 the audit log");
    }
    expect(await refusalOf("truncate auth.audit_seals")).toContain("42501 the audit log");
  });
});

describe("the audit log is append-only by grants", () => {
  it("for its very owner, in partitions of later months too", async () => {
    await service.database.query("select auth.make_audit_partitions(now() + interval '200 days')");
    const rows = await service.database.query<{ table: string; privileges: string[] }>(
      `select c.oid::regclass::text as table, array_agg(a.privilege_type order by 1) as privileges
       from pg_class c, aclexplode(c.relacl) a
       where c.relnamespace = 'auth'::regnamespace and c.relname like 'audit\\_%' and c.relkind in ('r', 'p')
         and a.grantee = c.relowner group by 1`,
    );
    expect(rows.length).toBeGreaterThan(16);
    for (const { table, privileges } of rows) {
      const erasable = /audit_details/.test(table);
      expect([table, privileges.includes("UPDATE"), privileges.includes("TRUNCATE")]).toEqual([
        table,
        false,
        false,
      ]);
      expect([table, privileges.includes("DELETE")]).toEqual([table, erasable]);
      expect(privileges).toEqual(expect.arrayContaining(["INSERT", "SELECT"]));
    }
  });

  it("for a role that serves with the grants of docs/audit-log.md", async () => {
    const name = new URL(service.database.url).pathname.slice(1);
    const role = `server_${name}`;
    await service.database.query(`create role ${role} login password 'x'`);
    const [, sql = ""] = readFileSync("docs/audit-log.md", "utf8").match(/```sql\n([\s\S]*?)```/) ?? [];
    expect(sql).toContain("GRANT");
    await service.database.query(sql.replaceAll("gatehouse_service", role));
    const url = new URL(service.database.url);
    [url.username, url.password] = [role, "x"];
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const attempt = (text: string) => client.query(text).then(() => "done", codeOf);
    const refused = [
      "update auth.audit_events set outcome = 'x'",
      "delete from auth.audit_events",
      "truncate auth.audit_events",
      `delete from ${partition}`,
      `drop table ${partition}`,
      `alter table auth.audit_events detach partition ${partition}`,
      "alter table auth.audit_events disable trigger all",
      "set session_replication_role = replica",
      "update auth.audit_details set ip = 'x'",
      "delete from auth.audit_seals",
      "update auth.audit_seals set events = 0",
    ];
    for (const text of refused) expect([text, await attempt(text)]).toEqual([text, "42501"]);
    const allowed = [
      "select count(*) from auth.audit_events",
      `insert into auth.audit_events (id, occurred_at, action, outcome, request_id, details_hash)
        values (gen_random_uuid(), now(), 'x', 'success', 'x', '')`,
      "delete from auth.audit_details where email = 'nobody'",
      "select auth.make_audit_partitions(now())",
      "select auth.drop_audit_partitions(now())",
      "update auth.users set name = name",
    ];
    for (const text of allowed) expect([text, await attempt(text)]).toEqual([text, "done"]);
    await client.end();
    await service.database.query(`drop owned by ${role}`);
    await service.database.query(`drop role ${role}`);
  });
});
