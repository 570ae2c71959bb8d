import { type SQL, sql } from "drizzle-orm";
import { type Actor, runAs } from "../access/run-as.ts";
import { adminUserJson } from "../account/fragments.ts";
import type { AdminUser } from "../account/user.ts";
import { databaseNow, plannedForValues } from "../db/database.ts";
import type { Deps } from "../ports.ts";
import { type Matches, matchesOf, type UserFilter } from "./user-filter-queries.ts";

const exactUpTo = 1000;
/** About how many users are looked at to judge how many match. They lie together, some 25 to a page of the table. */
const sampleSize = 2000;
/** Matches on so many of the sampled pages are no accident, and what is spread like that is soon met on a walk. */
const spreadOver = 12;
/** How many users a page may pass over before those that match are looked up in the indexes of the filters. */
const longestWalk = 5000;
/**
 * The share of all users that the planner is told is wanted of them, lest it set out on the same walk without end. More
 * of a search: what people are called goes with the order of addresses and names, and so they lie together there.
 */
const plannedShare = ({ q }: UserFilter) => (q === undefined ? 0.02 : 0.2);

/**
 * Sort keys with the type that a cursor's text is read back as, word by word those of the indexes. Nulls sort
 * as the least value.
 */
const sortKeys = {
  created_at: [sql`u.created_at`, sql`timestamptz`],
  email: [sql`(u.email_key collate "C")`, sql`text collate "C"`],
  name: [sql`(lower(coalesce(u.name, '')) collate "C")`, sql`text collate "C"`],
  last_sign_in_at: [sql`coalesce(u.last_sign_in_at, '-infinity')`, sql`timestamptz`],
} as const;

export type UserSort = keyof typeof sortKeys;

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
  const now = databaseNow(deps.clock);
  const matches = matchesOf(request.filter, now);
  const direction = request.descending ? sql`desc` : sql`asc`;
  return runAs(
    deps,
    actor,
    sql`${sql.join([plannedForValues, ...matches.ctes, pageOf(request, matches), total(request, matches)], sql`, `)},
    result as (
      select coalesce((select json_agg(
          json_build_object('user', ${adminUserJson(sql`u`, now)}, 'key', p.sort_key::text)
          order by p.sort_key ${direction}, p.id ${direction})
          from page p join auth.users u on u.id = p.id), '[]') as users,
        t.total from total t)`,
  );
}

/**
 * CTEs ending in `page`. Where many match, a short walk along the index of the order meets a page of them. Where few do,
 * or where they all lie at its other end, they are collected and sorted. A CTE is run no further than it is read.
 */
function pageOf({ filter, sort, descending, limit, after }: UserPageRequest, matches: Matches): SQL {
  const [key, type] = sortKeys[sort];
  const direction = descending ? sql`desc` : sql`asc`;
  const isAfter = after
    ? sql`(${key}, u.id) ${descending ? sql`<` : sql`>`} (${after[0]}::${type}, ${after[1]}::uuid)`
    : sql`true`;
  const ordered = sql`order by ${key} ${direction}, u.id ${direction}`;
  const rows = sql`${limit + 1}::int`;
  const collected = matches.sought.map(
    (found) => sql`select u.id, ${key} as sort_key from auth.users u
      where exists (select 1 from allowed) and (select count(*) from walked) < ${rows} and ${found} and ${isAfter}
      ${ordered} limit ${plannedRows(limit + 1, filter)}`,
  );
  return sql`walked as materialized (
      select u.id, u.sort_key from (
        select u.*, ${key} as sort_key from auth.users u where exists (select 1 from allowed) and ${isAfter}
        ${ordered} limit ${longestWalk}::int) u
      where ${matches.tested} limit ${rows}),
    ${either("collected", collected, rows)},
    page as (
      select * from walked where (select count(*) from walked) = ${rows}
      union all select * from collected)`;
}

/**
 * CTEs ending in `total`. Some pages of the table tell whether far more match than are counted; else those that do are
 * counted, in the order of an index, since without one the planner may read the whole table for them.
 */
function total({ filter }: UserPageRequest, matches: Matches): SQL {
  const counted = matches.sought.map(
    (found) => sql`select u.id from auth.users u
      where exists (select 1 from allowed) and not (select is_spread from sampled) and ${found}
      order by u.created_at, u.id limit ${plannedRows(exactUpTo + 1, filter)}`,
  );
  const share = sql`least(100, 100.0 * ${sampleSize}::int / greatest(t.reltuples, 1))`;
  return sql`sampled as materialized (
      select e.matching, e.pages >= ${spreadOver}::int and e.matching > ${5 * exactUpTo}::int as is_spread
      from pg_class t, lateral (
        select t.reltuples * count(u.page) / greatest(count(*), 1) as matching, count(distinct u.page) as pages
        from (
          select case when ${matches.tested} then (u.ctid::text::point)[0] end as page
          from auth.users u tablesample system (${share}) limit ${2 * sampleSize}::int) u) e
      where t.oid = 'auth.users'::regclass and exists (select 1 from allowed)),
    ${either("counted", counted, sql`all`)},
    total as (
      select case when s.is_spread or c.total > ${exactUpTo}::int
        then greatest(c.total, s.matching::int) else c.total end as total
      from sampled s, (select count(*)::int as total from counted) c)`;
}

/** A limit which, having no table in it, the planner reckons with; `rows` at least. */
function plannedRows(rows: number, filter: UserFilter): SQL {
  return sql`greatest(${rows}::int, pg_stat_get_live_tuples('auth.users'::regclass) * ${plannedShare(filter)}::float8)::bigint`;
}

/** CTEs ending in `name`: of the branches of a search one alone answers any rows. */
function either(name: string, branches: readonly SQL[], rows: SQL): SQL {
  const part = (index: number) => sql.raw(`${name}_${index}`);
  const parts = branches.map((branch, index) => sql`${part(index)} as materialized (${branch})`);
  const read = branches.map((_, index) => sql`(select * from ${part(index)} limit ${rows})`);
  return sql`${sql.join(parts, sql`, `)}, ${sql.raw(name)} as (${sql.join(read, sql` union all `)})`;
}
