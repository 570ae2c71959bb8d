import type { TestDatabase } from "./database.ts";

/** What holds of the rows whatever was cut short: each selects those of which it does not. */
const broken: Record<string, string> = {
  "users without an event that made them": `
    select u.id from auth.users u where u.last_sign_in_at is not null and not exists (
      select from auth.audit_events e where e.subject_id = u.id)`,
  "users with an app that is not there, or without the one that is": `
    select u.id from auth.users u where u.has_totp <> exists (
      select from auth.totp_factors f where f.user_id = u.id and f.confirmed_at is not null)`,
  "users with another number of passkeys": `
    select u.id from auth.users u where u.passkeys <> (select count(*) from auth.passkeys p where p.user_id = u.id)`,
  "recovery codes of nothing": `
    select u.id from auth.users u where not u.has_totp and u.passkeys = 0
      and exists (select from auth.recovery_codes c where c.user_id = u.id)`,
  "sessions of an epoch to come": `
    select s.id from auth.sessions s join auth.users u on u.id = s.user_id where s.epoch > u.security_epoch`,
  "sessions that are live after the end of all": `
    select s.id from auth.sessions s join auth.users u on u.id = s.user_id
      where s.ended_at is null and s.epoch < u.security_epoch and u.epoch_raised_at < now() - interval '1 minute'`,
  "ended sessions without a reason": `
    select s.id from auth.sessions s where (s.ended_at is null) <> (s.ended_reason is null)`,
  "sessions that nobody signed in to": `
    select s.id from auth.sessions s where not exists (
      select from auth.audit_events e where e.session_id = s.id or e.subject_id = s.user_id)`,
  "active accounts without a role": `
    select u.id from auth.users u where not exists (select from auth.user_roles r where r.user_id = u.id)
      and not exists (select from auth.audit_events e where e.subject_id = u.id and e.action = 'user.roles_changed')`,
  "mails that are sent and due": `
    select o.id from auth.outbox o where o.state = 'sent' and o.due_at > now() + interval '1 day'`,
  "suspended accounts without an event": `
    select u.id from auth.users u where u.status = 'suspended' and not exists (
      select from auth.audit_events e where e.subject_id = u.id and e.action = 'user.suspended')`,
};

/** The names of what does not hold, each with how many rows it does not hold of. */
export async function brokenInvariants(
  database: Pick<TestDatabase, "query">,
): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [name, text] of Object.entries(broken)) {
    const { length } = await database.query(text);
    if (length > 0) found[name] = length;
  }
  return found;
}
