import { sql } from "drizzle-orm";
import { type Actor, runAs } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, wireTime } from "../db/database.ts";
import type { Caller, Deps } from "../ports.ts";

/** A trusted device as the wire shows it, before its user agent is read. */
export type TrustedDeviceRow = {
  id: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  ip: string;
  user_agent: string | null;
};

/** Up to `limit` + 1 devices that the caller trusts, newest first. */
export function listTrusted(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  page: { limit: number; before: string | undefined },
): Promise<{ devices: TrustedDeviceRow[] } | undefined> {
  const before = page.before ?? null;
  return runAs(
    deps,
    actor,
    sql`page as (
      select d.* from allowed a join auth.trusted_devices d on d.user_id = a.user_id
      where d.epoch = a.epoch and d.expires_at > ${databaseNow(deps.clock)}
        and (${before}::uuid is null or d.id < ${before}::uuid)
      order by d.id desc limit ${page.limit + 1}::int),
    result as (
      select coalesce(json_agg(json_build_object('id', d.id, 'created_at', ${wireTime(sql`d.created_at`)},
        'last_used_at', ${wireTime(sql`d.last_used_at`)}, 'expires_at', ${wireTime(sql`d.expires_at`)},
        'ip', d.ip, 'user_agent', d.user_agent) order by d.id desc), '[]') as devices from page d)`,
  );
}

/** Forgets one of the devices that the caller trusts, or all; says how many. */
export function deleteTrusted(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  only: string | null,
): Promise<{ count: number } | undefined> {
  return runAs(
    deps,
    actor,
    sql`doomed as materialized (
      select d.id from allowed a join auth.trusted_devices d on d.user_id = a.user_id
      where ${only}::uuid is null or d.id = ${only}::uuid order by d.id for update of d),
    deleted as (delete from auth.trusted_devices d using doomed x where d.id = x.id returning d.id),
    ${recordEvent(deps, caller, {
      action: "mfa.trust_removed",
      actor: sql`a.user_id`,
      subject: sql`a.user_id`,
      session: sql`a.session_id`,
      from: sql`allowed a where exists (select 1 from deleted)`,
    })},
    result as (select count(*)::int as count from deleted)`,
  );
}
