import { type SQL, sql } from "drizzle-orm";
import { counts, isSuspended, isUnchanged } from "./fragments.ts";
import { lockPrincipal } from "./principal-queries.ts";
import type { Actor } from "./run-as.ts";

/**
 * CTEs for what one operator changes. `operators` locks the admins and then the caller, with their roles: of two who
 * act at once one waits for the other, and sees after the wait what the other changed. The admins come first in
 * every such statement, since whoever else is locked before them could wait for one who waits for it.
 * `held(permissions, is_admin)` is what the caller holds then: nothing any more when what their token hangs on ended
 * meanwhile.
 * @public
 */
export function lockOperators(actor: Actor, now: SQL): SQL {
  return sql`operators as materialized (
      select u.id, ur.role, r.permissions, r.mfa_required
      from allowed a, auth.users u join auth.user_roles ur on ur.user_id = u.id join auth.roles r on r.name = ur.role
      where (ur.role = 'admin' or u.id = a.user_id) and not ${isSuspended(sql`u`, now)}
        and (u.id <> a.user_id or u.security_epoch = a.epoch)
      order by (ur.role = 'admin') desc, u.id, ur.role for update of u, ur for share of r),
    ${lockPrincipal(actor, afterOperators, counts)}`;
}

/** Always true, and not known before every operator is locked: the order of locks hangs on it. */
const afterOperators = sql`(select count(*) from operators) >= 0`;

/**
 * A CTE `given(name, permissions)`, after those of `lockOperators`: the roles named `names`, a `text[]`, locked, so that
 * what is judged is what is given. One that was deleted meanwhile is not among them, nor its namesake.
 * @public
 */
export function lockRoles(names: SQL): SQL {
  return sql`given as materialized (
    select r.name, r.permissions from auth.roles r
    where r.name = any((${names})::text[]) and ${afterOperators} order by r.name for share of r)`;
}

/**
 * CTEs for a change that one operator makes to a user, with those of `lockOperators`. `target` is the user, locked, as
 * it is before the change, and `verdict(id, email_key, refused)` what forbids it: an operator changes nobody who
 * holds a permission that the operator lacks, or whoever may change an address could become anyone. `further`
 * adds branches, over the user row `t` and `held` row `h`; `before` adds CTEs that they read.
 * @public
 */
export function decideOnUser(
  actor: Actor,
  id: string,
  now: SQL,
  { before = sql``, further = sql`` }: { before?: SQL; further?: SQL } = {},
): SQL {
  return sql`${lockOperators(actor, now)},
    ${before}
    target as materialized (
      select u.*, ${isUnchanged(sql`u`)} as unchanged from allowed join auth.users u on u.id = ${id}::uuid where ${afterOperators} for update of u),
    rank as materialized (
      select r.permissions from target t join auth.user_roles ur on ur.user_id = t.id
      join auth.roles r on r.name = ur.role order by r.name for share of r),
    verdict as materialized (
      select t.id, t.email_key, case
        when not ${actor.permission} = any(h.permissions) then 'not_allowed'
        -- A statement that waited does not see roles that the user was given meanwhile.
        when not h.is_admin and t.updated_at <> (select updated_at from auth.users where id = t.id) then 'conflict'
        when exists (select 1 from rank where not permissions <@ h.permissions) then 'not_allowed'
        ${further} end as refused
      from target t, held h)`;
}

/**
 * A branch of the verdict: the change would leave nobody who can administer.
 * @public
 */
export const unlessLastAdmin = sql`when exists (select 1 from operators where role = 'admin' and id = t.id)
  and not exists (select 1 from operators where role = 'admin' and id <> t.id) then 'last_admin'`;

/**
 * A branch of the verdict: one's own account has routes of its own, which ask for more than a token.
 * @public
 */
export function unlessOneself(actor: Actor): SQL {
  return sql`when t.id = ${actor.userId}::uuid then 'not_allowed'`;
}
