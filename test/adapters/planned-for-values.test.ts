import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { connectNodePostgres } from "../../src/adapters/node-postgres.ts";
import { listUsers } from "../../src/admin/list-users.ts";
import type { SessionId, UserId } from "../../src/ids.ts";
import { useService } from "../support/service.ts";

const service = useService();

it("keeps no plan of a list, whose best plan hangs on its values, and keeps those of other statements", async () => {
  const admin = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
  const [session] = await service.database.query<{ id: SessionId }>("select id from auth.sessions");
  const actor = {
    userId: admin.user.id as UserId,
    sessionId: session?.id as SessionId,
    permission: "users:read",
  } as const;
  const { db, close } = connectNodePostgres(service.database.url, () => undefined);
  const deps = { ...service.deps, db };
  for (let i = 0; i < 7; i++) {
    await listUsers(deps, actor, { filter: { q: `a${i}` }, sort: "name", limit: 5, cursor: undefined });
    await db.execute(sql`select ${i}::int as other`);
  }
  const { rows } = await db.execute<{ statement: string; generic_plans: string }>(
    sql`select statement, generic_plans from pg_prepared_statements where statement not like '%pg_prepared%'`,
  );
  await close();
  expect(rows.map(({ statement }) => statement)).toEqual(["select $1::int as other"]);
  expect(Number(rows[0]?.generic_plans)).toBeGreaterThan(0);
});
