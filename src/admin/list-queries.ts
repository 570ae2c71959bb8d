import { type SQL, sql } from "drizzle-orm";
import { isSuspended } from "../access/fragments.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { adminUserJson } from "../account/fragments.ts";
import type { AdminUser } from "../account/user.ts";
import { databaseNow } from "../db/database.ts";
import type { Deps } from "../ports.ts";

const exactUpTo = 10_000;

/** Sort columns with the type a cursor's text is read back as. Nulls sort as the least value. */
const sortColumns = {
  created_at: [sql`u.created_at`, sql`timestamptz`],
  email: [sql`u.email_key`, sql`text`],
  name: [sql`coalesce(u.name, '')`, sql`text`],
  last_sign_in_at: [sql`coalesce(u.last_sign_in_at, '-infinity')`, sql`timestamptz`],
} as const;

export type UserSort = keyof typeof sortColumns;

export type UserFilter = {
  readonly q?: string | undefined;
  readonly role?: string | undefined;
  readonly status?: "active" | "suspended" | undefined;
  readonly verified?: boolean | undefined;
  readonly created_after?: string | undefined;
  readonly created_before?: string | undefined;
  readonly seen_after?: string | undefined;
};

export type UserPageRequest = {
  readonly filter: UserFilter;
  readonly sort: UserSort;
  readonly descending: boolean;
  readonly limit: number;
  /** The sort key and id of the last row of the page before. */
  readonly after: readonly string[] | undefined;
};

/** Up to `limit` + 1 users in keyset order, each with its sort key as text, and how many match. */
export function listMatchingUsers(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  request: UserPageRequest,
): Promise<{ users: { user: AdminUser; key: string }[]; total: number } | undefined> {
  const { filter, descending, limit, after } = request;
  const now = databaseNow(deps.clock);
  const [column, type] = sortColumns[request.sort];
  const direction = descending ? sql`desc` : sql`asc`;
  const matches = conditions(filter, now);
  const isAfter = after
    ? sql`(${column}, u.id) ${descending ? sql`<` : sql`>`} (${after[0]}::${type}, ${after[1]}::uuid)`
    : sql`true`;
  return runAs(
    deps,
    actor,
    sql`page as (
      select u.*, (${column})::text as sort_key,
        row_number() over (order by ${column} ${direction}, u.id ${direction}) as position
      from auth.users u
      where exists (select 1 from allowed) and ${matches} and ${isAfter}
      order by ${column} ${direction}, u.id ${direction} limit ${limit + 1}::int),
    counted as (
      select count(*)::int as total from (
        select 1 from auth.users u where exists (select 1 from allowed) and ${matches}
        limit ${exactUpTo}::int) matching),
    result as (
      select coalesce((select json_agg(
          json_build_object('user', ${adminUserJson(sql`u`, now)}, 'key', u.sort_key)
          order by u.position) from page u), '[]') as users,
        case when c.total < ${exactUpTo}::int then c.total else greatest(c.total,
          (select reltuples::int from pg_class where oid = 'auth.users'::regclass)) end as total
      from counted c)`,
  );
}

function conditions(filter: UserFilter, now: SQL): SQL {
  const all: SQL[] = [sql`true`];
  if (filter.q !== undefined) {
    const q = sql`lower(${filter.q})`;
    all.push(
      sql`(position(${q} in lower(u.email)) > 0 or position(${q} in lower(u.name)) > 0 or u.id::text = ${q})`,
    );
  }
  if (filter.role !== undefined) {
    all.push(
      sql`exists (select 1 from auth.user_roles ur where ur.user_id = u.id and ur.role = ${filter.role})`,
    );
  }
  if (filter.status !== undefined) {
    all.push(filter.status === "suspended" ? isSuspended(sql`u`, now) : sql`not ${isSuspended(sql`u`, now)}`);
  }
  if (filter.verified !== undefined) all.push(sql`u.email_verified = ${filter.verified}`);
  if (filter.created_after) all.push(sql`u.created_at > ${filter.created_after}::timestamptz`);
  if (filter.created_before) all.push(sql`u.created_at < ${filter.created_before}::timestamptz`);
  if (filter.seen_after) all.push(sql`u.last_sign_in_at > ${filter.seen_after}::timestamptz`);
  return sql.join(all, sql` and `);
}
