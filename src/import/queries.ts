import { type SQL, sql } from "drizzle-orm";
import { mayHandOut } from "../access/fragments.ts";
import { permissionNames } from "../access/permissions.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, queryJson, textArray } from "../db/database.ts";
import type { Caller, Deps } from "../ports.ts";
import type { LineCode } from "./parse-line.ts";
import type { Batch, Fault } from "./read-batches.ts";

type Needs = Pick<Deps, "db" | "clock" | "random">;

/** How many refused lines a run remembers one by one. */
export const mostFaults = 1000;

/** A run as it stands. `resumed`: it was begun before, and not ended. */
export type ImportRun = {
  readonly id: string;
  readonly offset: number;
  readonly lines: number;
  readonly resumed: boolean;
};

/** Runs a statement for an operator's request, or for whoever sits at the terminal and may do all. */
function runFor<T>(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor | undefined,
  ctes: SQL,
): Promise<T | undefined> {
  if (actor) return runAs(deps, actor, ctes);
  return queryJson(
    deps.db,
    sql`with allowed as (select null::uuid as user_id, null::uuid as session_id), ${ctes}
      select to_json(r) as result from result r`,
  );
}

/** Finds the unfinished run of a file, or begins one. A stream, without a digest, begins always. */
export function openRun(
  deps: Needs,
  actor: Actor | undefined,
  run: { id: string; sha256: string | null },
): Promise<ImportRun | undefined> {
  const now = databaseNow(deps.clock);
  const columns = sql`id, byte_offset as "offset", lines`;
  return runFor(
    deps,
    actor,
    sql`unfinished as (
      select r.* from auth.import_runs r, allowed
      where r.sha256 = ${run.sha256}::text and r.finished_at is null),
    started as (
      insert into auth.import_runs (id, sha256, started_by, started_at, updated_at)
      select ${run.id}::uuid, ${run.sha256}::text, a.user_id, t.now, t.now
      from allowed a, (select ${now} as now) t where not exists (select 1 from unfinished)
      on conflict do nothing returning *),
    result as (
      select ${columns}, true as resumed from unfinished
      union all select ${columns}, false from started)`,
  );
}

/** CTEs: the lines of a batch, over the rows of `from`, each with what forbids it. */
function judge(actor: Actor | undefined, batch: Batch, from: SQL): SQL {
  const held = actor ? sql`a.held` : textArray(permissionNames);
  return sql`input as materialized (
      select x.* from jsonb_to_recordset(${JSON.stringify(batch.users)}::jsonb) as x(
        line int, id uuid, email text, email_key text, email_verified boolean, name text, external_id text,
        roles text[], metadata jsonb, app_metadata jsonb, password_hash text, created_at timestamptz)),
    grantor as materialized (select ${held} as held from allowed a),
    judged as materialized (
      select i.*, case
        when exists (select 1 from unnest(i.roles) w(role)
          where not exists (select 1 from auth.roles r where r.name = w.role)) then 'unknown_role'
        when not (${mayHandOut(sql`i.roles`, sql`g.held`)}) then 'not_allowed'
        end as code
      from input i, grantor g where exists (select 1 from ${from}))`;
}

/** What a run has come to after a batch. The refused lines come with the last. */
export type Progress = {
  readonly accepted: number;
  readonly skipped: number;
  readonly refused: readonly Fault[] | null;
  readonly refused_count: number;
};

/**
 * Takes a batch in: users, roles, audit event and how far the run is, in one statement, so that
 * ending anywhere neither loses a line nor takes one twice. Where the address or the external id has an
 * account, nothing of that account changes.
 * @returns undefined when the run is no longer where this batch begins: someone else goes on with it.
 */
export function takeBatch(
  deps: Needs,
  caller: Caller,
  actor: Actor | undefined,
  runId: string,
  batch: Batch,
): Promise<Progress | undefined> {
  const now = databaseNow(deps.clock);
  const { start, end, isLast } = batch;
  return runFor(
    deps,
    actor,
    sql`run as materialized (
      select r.id from allowed, auth.import_runs r
      where r.id = ${runId}::uuid and r.byte_offset = ${start.offset}::bigint and r.finished_at is null
      for update of r),
    ${judge(actor, batch, sql`run`)},
    added as (
      insert into auth.users (id, email, email_key, email_verified, name, external_id, metadata, app_metadata,
        password_hash, created_at, updated_at)
      select j.id, j.email, j.email_key, j.email_verified, j.name, j.external_id, j.metadata, j.app_metadata,
        j.password_hash, coalesce(j.created_at, t.now), t.now
      from judged j, (select ${now} as now) t where j.code is null order by j.line
      on conflict do nothing returning id),
    granted as (
      insert into auth.user_roles (user_id, role)
      -- Locked, so that a role which is being deleted is waited for, and then left out.
      select a.id, r.name from added a join judged j on j.id = a.id
      join auth.roles r on r.name = any(j.roles) for key share of r),
    faults as materialized (
      select line, code from judged where code is not null
      union all
      select f.line, f.code from jsonb_to_recordset(${JSON.stringify(batch.faults)}::jsonb) as f(line int, code text)),
    tally as (
      select (select count(*)::int from added) as accepted,
        (select count(*)::int from judged where code is null) as fit),
    saved as (
      update auth.import_runs r set byte_offset = ${end.offset}::bigint, lines = ${end.lines}::int,
        accepted = r.accepted + t.accepted, skipped = r.skipped + t.fit - t.accepted,
        refused_count = r.refused_count + (select count(*)::int from faults),
        refused = r.refused || (
          select coalesce(jsonb_agg(jsonb_build_object('line', f.line, 'code', f.code) order by f.line), '[]')
          from (select * from faults order by line
            limit greatest(0, ${mostFaults}::int - jsonb_array_length(r.refused))) f),
        updated_at = ${now}, finished_at = case when ${isLast}::boolean then ${now} end
      from run, tally t where r.id = run.id returning r.*),
    ${recordEvent(deps, caller, {
      action: "users.imported",
      actor: sql`a.user_id`,
      session: sql`a.session_id`,
      from: sql`allowed a where exists (select 1 from added)`,
      text: `run ${runId}, lines ${start.lines + 1} to ${end.lines}`,
    })},
    result as (
      select s.accepted, s.skipped, s.refused_count, case when ${isLast}::boolean then s.refused end as refused
      from saved s)`,
  );
}

/** Of each line of a batch that could be taken in or is forbidden: which, and whether it has an account. */
export async function examineBatch(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor | undefined,
  batch: Batch,
): Promise<readonly { line: number; code: LineCode | null; taken: boolean }[]> {
  const found = await runFor<{ lines: { line: number; code: LineCode | null; taken: boolean }[] }>(
    deps,
    actor,
    sql`${judge(actor, batch, sql`allowed`)},
    result as (
      select coalesce(json_agg(json_build_object('line', j.line, 'code', j.code, 'taken',
          exists (select 1 from auth.users u where u.email_key = j.email_key)
          or exists (select 1 from auth.users u where u.external_id = j.external_id)) order by j.line), '[]') as lines
      from judged j)`,
  );
  return found?.lines ?? [];
}
