import { type SQL, sql } from "drizzle-orm";
import { type Actor, runAs } from "../access/run-as.ts";
import { databaseNow, wireTime } from "../db/database.ts";
import type { Deps } from "../ports.ts";
import { adminUserJson } from "./fragments.ts";
import type { AdminUser } from "./user.ts";

type Row = Record<string, unknown>;

export type PersonalData = {
  exported_at: string;
  user: AdminUser;
  sessions: Row[];
  devices: Row[];
  factors: Row[];
  passkeys: Row[];
  api_keys: Row[];
  recovery_codes: Row[];
  trusted_devices: Row[];
  mails: Row[];
  events: Row[];
};

/**
 * In one statement: the account, its sessions ended ones too, devices, second factors without what is secret of them, mails
 * and audit events.
 */
export function collectPersonalData(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
): Promise<PersonalData | undefined> {
  const now = databaseNow(deps.clock);
  const time = (column: SQL) => wireTime(column);
  const rows = (object: SQL, from: SQL, order: SQL) =>
    sql`(select coalesce(json_agg(${object} order by ${order}), '[]') from ${from})`;
  return runAs(
    deps,
    actor,
    sql`result as (
      select ${time(now)} as exported_at, ${adminUserJson(sql`u`, now)} as "user",
        ${rows(
          sql`json_build_object('id', s.id, 'client_id', s.client_id, 'created_at', ${time(sql`s.created_at`)},
            'last_used_at', ${time(sql`s.last_used_at`)}, 'expires_at', ${time(sql`s.expires_at`)},
            'ended_at', ${time(sql`s.ended_at`)}, 'ended_reason', s.ended_reason, 'ip', s.ip,
            'user_agent', s.user_agent, 'place', s.place, 'amr', to_json(s.amr))`,
          sql`auth.sessions s where s.user_id = u.id`,
          sql`s.id`,
        )} as sessions,
        ${rows(
          sql`json_build_object('fingerprint', d.fingerprint, 'seen_at', ${time(sql`d.seen_at`)})`,
          sql`auth.devices d where d.user_id = u.id`,
          sql`d.seen_at`,
        )} as devices,
        ${rows(
          sql`json_build_object('kind', 'totp', 'created_at', ${time(sql`f.created_at`)},
            'confirmed_at', ${time(sql`f.confirmed_at`)})`,
          sql`auth.totp_factors f where f.user_id = u.id`,
          sql`f.created_at`,
        )} as factors,
        ${rows(
          sql`json_build_object('id', k.id, 'name', k.name, 'aaguid', k.aaguid, 'transports', to_json(k.transports),
            'created_at', ${time(sql`k.created_at`)}, 'last_used_at', ${time(sql`k.last_used_at`)})`,
          sql`auth.passkeys k where k.user_id = u.id`,
          sql`k.id`,
        )} as passkeys,
        ${rows(
          sql`json_build_object('id', k.id, 'name', k.name, 'prefix', k.prefix, 'scopes', to_json(k.scopes),
            'created_at', ${time(sql`k.created_at`)}, 'last_used_at', ${time(sql`k.last_used_at`)},
            'expires_at', ${time(sql`k.expires_at`)}, 'revoked_at', ${time(sql`k.revoked_at`)})`,
          sql`auth.api_keys k where k.user_id = u.id`,
          sql`k.id`,
        )} as api_keys,
        ${rows(
          sql`json_build_object('created_at', ${time(sql`r.created_at`)}, 'used_at', ${time(sql`r.used_at`)})`,
          sql`auth.recovery_codes r where r.user_id = u.id`,
          sql`r.created_at, r.used_at`,
        )} as recovery_codes,
        ${rows(
          sql`json_build_object('created_at', ${time(sql`t.created_at`)}, 'last_used_at', ${time(sql`t.last_used_at`)},
            'expires_at', ${time(sql`t.expires_at`)}, 'ip', t.ip, 'user_agent', t.user_agent)`,
          sql`auth.trusted_devices t where t.user_id = u.id`,
          sql`t.id`,
        )} as trusted_devices,
        ${rows(
          sql`json_build_object('id', o.id, 'kind', o.kind, 'state', o.state, 'email', o.email,
            'created_at', ${time(sql`o.created_at`)}, 'delivered_at', ${time(sql`o.delivered_at`)},
            'ip', o.payload -> 'ip', 'user_agent', o.payload -> 'userAgent')`,
          sql`auth.outbox o where o.user_id = u.id or (o.user_id is null and o.email_key = u.email_key and o.kind <> 'invitation')`,
          sql`o.id`,
        )} as mails,
        ${rows(
          sql`json_build_object('id', e.id, 'occurred_at', ${time(sql`e.occurred_at`)}, 'action', e.action,
            'outcome', e.outcome, 'session_id', e.session_id, 'request_id', e.request_id, 'ip', x.ip,
            'user_agent', x.user_agent, 'email', x.email, 'text', x.text)`,
          // Where an operator acted, the details are the operator's. `limit 1` has each looked up by its key: a join
          // of two partitioned tables is planned to read one of them through.
          sql`auth.audit_events e left join lateral (
              select d.* from auth.audit_details d
              where d.occurred_at = e.occurred_at and d.event_id = e.id limit 1) x
            on coalesce(e.actor_id = u.id, true) where e.subject_id = u.id`,
          sql`e.id`,
        )} as events
      from allowed a join auth.users u on u.id = a.user_id)`,
  );
}
