import { type SQL, sql } from "drizzle-orm";
import { databaseNow, queryJson } from "../db/database.ts";
import type { SessionId, UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { Impersonator, MachineKind } from "../token/grant.ts";
import { type Factors, stepUp } from "./assurance.ts";
import { factorsJson, permissionsOf } from "./fragments.ts";
import type { Permission } from "./permissions.ts";
import { noteUse, principalOf } from "./principal-queries.ts";

/**
 * Who asks, by a verified access token, and what the route requires of them. `permission` is
 * `self` where the route serves the caller's own account.
 * @public
 */
export type Actor = {
  /** Of a machine client, its own id. */
  readonly userId: UserId;
  /** What the token hangs on: a session, an API key, or the credential of a client. */
  readonly sessionId: SessionId;
  /** Of a page: the id that the session goes on under when it comes to be worth more. */
  readonly nextSessionId?: SessionId;
  readonly permission: Permission | "self";
  /** The route asks for a recent authentication by the strongest factor the caller has. */
  readonly stepUp?: boolean;
  /** Who acts as the user, in a session of their own, where the route lets them. */
  readonly impersonator?: Impersonator & { readonly tokenId: string };
  /** No person who signed in, but a program, where the route lets it. */
  readonly machine?: Machine;
};

/**
 * A program: a client that an operator registered, or one that a user gave an API key. It shows the key itself, by its
 * hash, or a token that client or key was exchanged for.
 * @public
 */
export type Machine = {
  readonly kind: MachineKind;
  readonly proof:
    | { readonly keyHash: string }
    | { readonly tokenId: string; readonly scopes: readonly string[]; readonly audience: string };
};

/**
 * Who answers for what the actor does: the user, or whoever acts as them.
 * @public
 */
export function answerable(actor: Pick<Actor, "userId" | "impersonator">): UserId {
  return actor.impersonator?.userId ?? actor.userId;
}

/** Programs whose key the database knew. */
const known = new WeakSet<Machine>();

/**
 * Whether `bearer` is who it says: by a signature of ours, or by a key once a statement has found it. Until then an API
 * key is of whomever its maker wrote into it. For the log, which must not tell of somebody who was not there.
 * @public
 */
export function isProven({ machine }: Pick<Actor, "machine">): boolean {
  return !machine || !("keyHash" in machine.proof) || known.has(machine);
}

type Answer<T> = {
  live: boolean;
  /** By any of the caller's roles, whether or not it counts in this session. */
  permitted: boolean;
  allowed: boolean;
  fresh: boolean;
  /** Of a caller who is refused. */
  factors: Factors;
  value: T | null;
};

/**
 * Runs one statement on behalf of `actor`. Session, epoch, user, permission and, where the route asks for it, how recent
 * the authentication is are checked in that same statement, so an end of session, a suspension or a demotion
 * bites on the next request. `ctes` build on `allowed(user_id, session_id, auth_time, acr, epoch)`, which is empty for
 * a refused actor, and end in `result`, of at most one row.
 * @returns the row of `result`, or undefined when it has none.
 * @throws Problem `invalid_token` when the session is not live, `not_allowed` without the permission,
 * `reauthentication_required` when the session is of too little for the permission or the route.
 * @public
 */
export async function runAs<T>(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  ctes: SQL,
): Promise<T | undefined> {
  const now = databaseNow(deps.clock);
  const { permission, machine } = actor;
  const holds = permission === "self" ? sql`true` : sql`${permission} = any(p.held)`;
  // Of a person it is told apart whether a role lacks that counts only in sessions of two factors.
  const byAnyRole =
    permission === "self" || machine
      ? holds
      : sql`(${holds} or ${permission} = any(${permissionsOf(sql`p.user_id`)}::text[]))`;
  const answer = await queryJson<Answer<T>>(
    deps.db,
    sql`with principal as materialized (${principalOf(actor, now, actor)}),
      ${machine ? noteUse(machine, now) : sql``}
      allowed as (select p.* from principal p where ${holds} and p.fresh),
      ${ctes}
      select json_build_object('live', p.user_id is not null, 'permitted', ${byAnyRole}, 'fresh', p.fresh,
        'allowed', ${holds} and p.fresh,
        'factors', case when not (${holds} and p.fresh) then (
          select ${factorsJson(sql`u`)} from auth.users u where u.id = p.user_id) end,
        'value', (select to_json(r) from result r)) as result
      from (select 1) one left join principal p on true`,
  );
  if (!answer?.live) throw new Problem("invalid_token");
  if (machine && "keyHash" in machine.proof) known.add(machine);
  // A program cannot authenticate again, so there is no use in telling it to.
  if (!answer.permitted || (machine && !answer.allowed)) throw new Problem("not_allowed");
  // Recent, and not enough all the same: it is a role that asks for two factors.
  if (!answer.allowed) throw stepUp(answer.factors, { twoNeeded: answer.fresh });
  return answer.value ?? undefined;
}

/**
 * Whether the caller may, where there is nothing else to ask the database.
 * @throws Problem as `runAs`.
 * @public
 */
export async function checkAllowed(deps: Pick<Deps, "db" | "clock">, actor: Actor): Promise<void> {
  await runAs(deps, actor, sql`result as (select 1 as ok from allowed)`);
}
