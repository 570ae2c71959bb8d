import { type SQL, sql } from "drizzle-orm";
import { type Actor, runAs } from "../access/run-as.ts";
import { adminUserJson } from "../account/fragments.ts";
import type { AdminUser } from "../account/user.ts";
import { databaseNow, plannedForValues } from "../db/database.ts";
import type { Deps } from "../ports.ts";
import { type Matches, matchesOf, type UserFilter, type UserSort } from "./user-filter-queries.ts";

const exactUpTo = 1000;
/** About how many users are looked at to judge how many match. They lie together, some 25 to a page of the table. */
const sampleSize = 2000;
/** Matches on so many of the sampled pages are no accident, and what is spread like that is soon met on a walk. */
const spreadOver = 8;
/**
 * How many users a page may pass over, where many match, before those that do are looked up in the indexes of the filters. Of
 * one beginning they lie together in the order of addresses and names: there a walk is in vain, and the index meets them.
 */
function longestWalk({ filter: { q }, sort }: UserPageRequest): number {
  if (q === undefined || /[\p{L}\p{N}]{3}/u.test(q)) return 15_000;
  return sort === "email" || sort === "name" ? 1000 : 5000;
}
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
} as const satisfies Record<UserSort, readonly [SQL, SQL]>;

export type UserPageRequest = {
  readonly filter: UserFilter;
  readonly sort: UserSort;
  readonly descending: boolean;
  readonly limit: number;
  /** The sort key and id of the last row of the page before. */
  readonly after: readonly string[] | undefined;
};

/**
 * Up to `limit` + 1 users in keyset order, each with its sort key as text, and how many match. Where many match, a sample
 * tells how many, and a walk along the index of the order meets a page of them. Where few do, they are gathered by the
 * indexes of the filters, counted and sorted. A CTE is run no further than it is read, and what is behind a shut gate is
 * not run.
 */
export function listMatchingUsers(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  request: UserPageRequest,
): Promise<{ users: { user: AdminUser; key: string }[]; total: number } | undefined> {
  const now = databaseNow(deps.clock);
  const matches = matchesOf(request.filter, request.sort, now);
  const direction = request.descending ? sql`desc` : sql`asc`;
  const ctes = [
    plannedForValues,
    ...matches.ctes,
    sampled(matches),
    walked(request, matches),
    gathered(request, matches),
    pageOf(request, matches),
  ];
  return runAs(
    deps,
    actor,
    sql`${sql.join(ctes, sql`, `)},
    result as (
      select coalesce((select json_agg(
          json_build_object('user', ${adminUserJson(sql`u`, now)}, 'key', p.sort_key::text)
          order by p.sort_key ${direction}, p.id ${direction})
          from page p join auth.users u on u.id = p.id), '[]') as users,
        case when g.is_all then g.found else greatest(g.found, s.matching::int) end as total
      from sampled s, gathering g)`,
  );
}

/** A number that the planner is to know, also where it makes one plan for all values: of a parameter it would take a tenth of the table. */
const constant = (count: number) => sql.raw(String(count));

/** As many rows as any page has, with the one that tells whether there are more. */
const longestPage = 101;

/**
 * The same of everybody, which is asked for most: a page along the index of the order. One plan is the best for all values, so
 * that it may be kept.
 */
export function listEveryUser(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  request: Omit<UserPageRequest, "filter">,
): Promise<{ users: { user: AdminUser; key: string }[]; total: number } | undefined> {
  const now = databaseNow(deps.clock);
  const { key, isAfter, ordered, direction, rows } = orderOf(request);
  // A first page that is not full is all there is: PostgreSQL's estimate may be of before many were deleted.
  const isFirst = request.after ? sql`false` : sql`true`;
  return runAs(
    deps,
    actor,
    sql`page as (
      select u.* from (
        select u.*, ${key} as sort_key from auth.users u
        where (select true from allowed) and ${isAfter(key, sql`u.id`)} ${ordered}
        limit ${constant(longestPage)}) u limit ${rows}),
    counted as materialized (
      select e.users, case when e.users <= ${5 * exactUpTo}::int then (
        select count(*) from (select from auth.users u order by u.created_at, u.id limit ${constant(exactUpTo + 1)}) first) end as few
      from (select auth.estimated_users() as users from allowed) e),
    result as (
      select coalesce((select json_agg(
          json_build_object('user', ${adminUserJson(sql`u`, now)}, 'key', u.sort_key::text)
          order by u.sort_key ${direction}, u.id ${direction}) from page u), '[]') as users,
        case when ${isFirst} and s.rows < ${rows} then s.rows
          when c.few <= ${exactUpTo}::int then c.few else greatest(c.few, c.users)::int end as total
      from counted c, (select count(*)::int as rows from page) s)`,
  );
}

/** A CTE `sampled`: how many match by some pages of the table, and whether they are many and lie all over it. */
function sampled(matches: Matches): SQL {
  const share = sql`least(100, 100.0 * ${sampleSize}::int / greatest(t.users, 1))`;
  return sql`sampled as materialized (
      select e.matching, e.pages >= ${spreadOver}::int and e.matching > ${5 * exactUpTo}::int as is_spread
      from (select auth.estimated_users() as users from allowed) t, lateral (
        select t.users * count(u.page) / greatest(count(*), 1) as matching, count(distinct u.page) as pages
        from (
          select case when ${matches.tested} then (u.ctid::text::point)[0] end as page
          from auth.users u tablesample system (${share}) limit ${2 * sampleSize}::int) u) e)`;
}

/** CTEs ending in `way`: of many, those that were met, `walked`, and whether that is a page. */
function walked(request: UserPageRequest, matches: Matches): SQL {
  const { key, isAfter, ordered, rows } = orderOf(request);
  return sql`walked as materialized (
      select u.id, u.sort_key from (
        select u.*, ${key} as sort_key from auth.users u
        where (select is_spread from sampled) and ${isAfter(key, sql`u.id`)} ${ordered}
        limit ${longestWalk(request)}::int) u
      where ${matches.tested} limit ${rows}),
    way as materialized (select count(*) = ${rows} as is_enough from walked)`;
}

/**
 * CTEs ending in `gathering`: those that match, where that is not known to be many, how many they are, and whether that is
 * all. In the order of an index, since without one the planner may read the whole table for them.
 */
function gathered({ filter, sort }: UserPageRequest, matches: Matches): SQL {
  const [key] = sortKeys[sort];
  const most = plannedRows(exactUpTo + 1, filter);
  const branches = matches.sought.map(
    ({ found }) => sql`select u.id, ${key} as sort_key from auth.users u
      where not (select is_spread from sampled) and ${found} order by u.created_at, u.id limit ${most}`,
  );
  return sql`${either("gathered", branches, most)},
    gathering as materialized (
      select count(*)::int as found, not (select is_spread from sampled) and count(*) < ${most} as is_all from gathered)`;
}

/** CTEs ending in `page`. One that was neither met nor is among those gathered is collected by itself. */
function pageOf(request: UserPageRequest, matches: Matches): SQL {
  const { key, isAfter, ordered, direction, rows } = orderOf(request);
  const branches = matches.sought.map(
    ({ found, inOrder }) => sql`select u.id, ${key} as sort_key from auth.users u
      where not (select w.is_enough or g.is_all from way w, gathering g)
        and ${found} and ${isAfter(key, sql`u.id`)} ${ordered} limit ${inOrder ? rows : plannedRows(request.limit + 1, request.filter)}`,
  );
  return sql`${either("collected", branches, rows)},
    page as (
      select * from walked where (select is_enough from way)
      union all (
        select g.* from gathered g where (select is_all from gathering) and ${isAfter(sql`g.sort_key`, sql`g.id`)}
        order by g.sort_key ${direction}, g.id ${direction} limit ${rows})
      union all (
        select c.* from collected c order by c.sort_key ${direction}, c.id ${direction} limit ${rows}))`;
}

/** The order of a list, for the rows `u` of users, and what of it is to come. */
function orderOf({ sort, descending, limit, after }: Omit<UserPageRequest, "filter">) {
  const [key, type] = sortKeys[sort];
  const direction = descending ? sql`desc` : sql`asc`;
  const isAfter = (sortKey: SQL, id: SQL) =>
    after
      ? sql`(${sortKey}, ${id}) ${descending ? sql`<` : sql`>`} (${after[0]}::${type}, ${after[1]}::uuid)`
      : sql`true`;
  const ordered = sql`order by ${key} ${direction}, u.id ${direction}`;
  return { key, isAfter, ordered, direction, rows: sql`${limit + 1}::int` };
}

/** A limit which, having no table in it, the planner reckons with; `rows` at least. */
function plannedRows(rows: number, filter: UserFilter): SQL {
  return sql`greatest(${rows}::int, auth.estimated_users() * ${plannedShare(filter)}::float8)::bigint`;
}

/** CTEs ending in `name`: up to `rows` of what each of the branches finds. */
function either(name: string, branches: readonly SQL[], rows: SQL): SQL {
  const part = (index: number) => sql.raw(`${name}_${index}`);
  const parts = branches.map((branch, index) => sql`${part(index)} as materialized (${branch})`);
  const read = branches.map((_, index) => sql`(select * from ${part(index)} limit ${rows})`);
  return sql`${sql.join(parts, sql`, `)}, ${sql.raw(name)} as (${sql.join(read, sql` union all `)})`;
}
