import { type SQL, sql } from "drizzle-orm";
import { hasFactors, isSuspended } from "../access/fragments.ts";
import { uuidPattern } from "../ids.ts";

export type UserFilter = {
  readonly q?: string | undefined;
  readonly role?: string | undefined;
  readonly status?: "active" | "suspended" | undefined;
  readonly verified?: boolean | undefined;
  readonly mfa?: boolean | undefined;
  readonly created_after?: string | undefined;
  readonly created_before?: string | undefined;
  readonly seen_after?: string | undefined;
};

export type UserSort = "created_at" | "email" | "name" | "last_sign_in_at";

/** The users of a filter, as conditions over the row `u`. */
export type Matches = {
  /** CTEs that the conditions read. */
  readonly ctes: readonly SQL[];
  /** For a row that is there already: looks nothing up but by its id. */
  readonly tested: SQL;
  /**
   * To find rows by indexes: ways to do so, no two of which find the same row. Where one begins with a gate, that is decided
   * once a statement; what is behind a shut one is not run.
   */
  readonly sought: readonly Sought[];
};

/** `inOrder`: found side by side in the index of the list's order, so that the first found are a page. */
export type Sought = { readonly found: SQL; readonly inOrder?: boolean };

/** How many may have a role for the role to be what users are found by. */
const fewHolders = 20_000;

export function matchesOf(filter: UserFilter, sort: UserSort, now: SQL): Matches {
  const found = search(filter.q, sort);
  const roles = filter.role === undefined ? [sql`true`] : holding(filter.role);
  const others = conditions(filter, now);
  return {
    ctes: filter.role === undefined ? [] : [holders(filter.role)],
    tested: all([found.tested, ...(filter.role === undefined ? [] : [hasRole(filter.role)]), ...others]),
    sought: found.sought.flatMap((each) =>
      roles.map((role) => ({ ...each, found: all([each.found, role, ...others]) })),
    ),
  };
}

function all(conditions: readonly SQL[]): SQL {
  return sql`(${sql.join([...conditions], sql` and `)})`;
}

/**
 * Whatever is in the middle of an address or a name is found by trigrams, which take three letters or digits in a
 * row, as this database knows them, and an index that is there only where the extension is. Without
 * either a search finds by beginnings.
 */
function search(q: string | undefined, sort: UserSort): Pick<Matches, "tested" | "sought"> {
  if (q === undefined) return { tested: sql`true`, sought: [{ found: sql`true` }] };
  const isId = sql`u.id = ${q}::uuid`;
  if (uuidPattern.test(q.toLowerCase())) return { tested: isId, sought: [{ found: isId }] };
  const index = sql`to_regclass('auth.users_search')`;
  const hasTrigrams = sql`((select ${index} is not null) and ${q}::text ~ '[[:alnum:]]{3}')`;
  const pattern = `%${q.replace(/[\\%_]/g, "\\$&")}%`;
  const inside = sql`${hasTrigrams} and u.search like lower(${pattern}::text)`;
  const beginning = sql`lower(${q}::text)`;
  const email = sql`(u.email_key collate "C") ^@ ${beginning}`;
  const name = sql`(lower(coalesce(u.name, '')) collate "C") ^@ ${beginning}`;
  const [emailBegins, nameBegins] = [
    sql`not ${hasTrigrams} and ${email}`,
    sql`not ${hasTrigrams} and ${name}`,
  ];
  // Unlike the gate, the planner looks into this bound, and so has better to do than to plan to read all users.
  const reach = sql`u.created_at >= case when ${index} is null then 'infinity'::timestamptz else '-infinity' end`;
  return {
    tested: sql`(${inside} or ${emailBegins} or ${nameBegins})`,
    sought: [
      { found: sql`${inside} and ${reach}` },
      {
        found: sort === "name" ? sql`${emailBegins} and not ${name}` : emailBegins,
        inOrder: sort === "email",
      },
      { found: sort === "name" ? nameBegins : sql`${nameBegins} and not ${email}`, inOrder: sort === "name" },
    ],
  };
}

/** A CTE `holders`: who has a role, as far as they are few. */
function holders(role: string): SQL {
  return sql`holders as materialized (
    select array_agg(h.user_id) as ids, count(*) <= ${fewHolders}::int as are_few from (
      select ur.user_id from auth.user_roles ur where ur.role = ${role}::text limit ${fewHolders + 1}::int) h)`;
}

/** By an array the planner comes from the ids of users; given a join it might read users from first to last. */
function holding(role: string): SQL[] {
  return [
    sql`(select are_few from holders) and u.id = any((select ids from holders)::uuid[])`,
    sql`not (select are_few from holders) and ${hasRole(role)}`,
  ];
}

/** Looked up row by row: a limit keeps the planner from gathering all who have the role first. */
function hasRole(role: string): SQL {
  return sql`(select true from auth.user_roles ur where ur.user_id = u.id and ur.role = ${role}::text limit 1) is not null`;
}

/** Written as the indexes have it. */
function conditions(filter: UserFilter, now: SQL): SQL[] {
  const all: SQL[] = [];
  if (filter.status !== undefined) {
    all.push(filter.status === "suspended" ? isSuspended(sql`u`, now) : sql`not ${isSuspended(sql`u`, now)}`);
  }
  if (filter.verified !== undefined)
    all.push(filter.verified ? sql`u.email_verified` : sql`not u.email_verified`);
  if (filter.mfa !== undefined) all.push(filter.mfa ? hasFactors(sql`u`) : sql`not ${hasFactors(sql`u`)}`);
  if (filter.created_after) all.push(sql`u.created_at > ${filter.created_after}::timestamptz`);
  if (filter.created_before) all.push(sql`u.created_at < ${filter.created_before}::timestamptz`);
  if (filter.seen_after) {
    all.push(sql`coalesce(u.last_sign_in_at, '-infinity') > ${filter.seen_after}::timestamptz`);
  }
  return all;
}
