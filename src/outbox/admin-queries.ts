import { type SQL, sql } from "drizzle-orm";
import { type Actor, runAs } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, wireTime } from "../db/database.ts";
import type { Caller, Deps } from "../ports.ts";

type State = "pending" | "sending" | "sent" | "skipped" | "dead";

/** A mail as operators see it: what became of it, never what it says. */
export type OutboxEntry = {
  id: string;
  kind: string;
  state: State;
  template: string | null;
  email: string;
  sent_to: string | null;
  user_id: string | null;
  attempts: number;
  last_error: string | null;
  created_at: string;
  due_at: string;
  delivered_at: string | null;
  expires_at: string | null;
};

const exactUpTo = 10_000;

function entryJson(o: SQL): SQL {
  return sql`json_build_object('id', ${o}.id, 'kind', ${o}.kind, 'state', ${o}.state, 'template', ${o}.template,
    'email', ${o}.email, 'sent_to', ${o}.sent_to, 'user_id', ${o}.user_id, 'attempts', ${o}.attempts, 'last_error', ${o}.last_error,
    'created_at', ${wireTime(sql`${o}.created_at`)}, 'due_at', ${wireTime(sql`${o}.due_at`)},
    'delivered_at', ${wireTime(sql`${o}.delivered_at`)}, 'expires_at', ${wireTime(sql`${o}.expires_at`)})`;
}

/** Up to `limit` + 1 mails, newest first, and how many there are. */
export function listEntries(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  page: { state: string | undefined; limit: number; before: string | undefined },
): Promise<{ entries: OutboxEntry[]; total: number } | undefined> {
  const matches = page.state ? sql`o.state = ${page.state}` : sql`true`;
  const before = page.before ? sql`o.id < ${page.before}::uuid` : sql`true`;
  return runAs(
    deps,
    actor,
    sql`page as (
      select o.* from auth.outbox o where exists (select 1 from allowed) and ${matches} and ${before}
      order by o.id desc limit ${page.limit + 1}::int),
    counted as (
      select count(*)::int as total from (
        select 1 from auth.outbox o where exists (select 1 from allowed) and ${matches}
        limit ${exactUpTo}::int) matching),
    result as (
      select coalesce((select json_agg(${entryJson(sql`o`)} order by o.id desc) from page o), '[]') as entries,
        c.total from counted c)`,
  );
}

/** Gives a dead mail all its attempts again. The entry is null when there is none, or it is not dead. */
export function reviveEntry(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<{ exists: boolean; entry: OutboxEntry | null } | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`revived as (
      update auth.outbox o set state = 'pending', attempts = 0, due_at = ${now}, last_error = null
      from allowed a where o.id = ${id}::uuid and o.state = 'dead' returning o.*),
    ${recordEvent(deps, caller, {
      action: "outbox.requeued",
      actor: sql`${actor.userId}::uuid`,
      subject: sql`r.user_id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`revived r`,
      text: id,
    })},
    result as (
      select exists (select 1 from auth.outbox where id = ${id}::uuid) as exists,
        (select ${entryJson(sql`r`)} from revived r) as entry from allowed)`,
  );
}
