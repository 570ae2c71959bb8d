import { type SQL, sql } from "drizzle-orm";
import { isSuspended } from "../access/fragments.ts";
import { databaseNow, queryJson, seconds, textArray, wireTime } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import type { EmailAddress } from "../lib/email-address.ts";
import type { Deps, MailTemplate } from "../ports.ts";
import type { ProofKind } from "../proof/kinds.ts";
import { type Attempt, type Counter, reserveAttempt } from "../throttle/fragments.ts";
import { enqueueMail, type NoticeKind } from "./fragments.ts";

type Needs = Pick<Deps, "db" | "clock">;

/** How long a process has for a mail it took; after that another takes it. Longer than it waits itself. */
const leaseSeconds = 180;

/** Kinds asked for by address alone: whose it is gets looked up when the mail is sent. */
const byAddress = ["verify_email", "password_reset", "magic_link"];

/** What a mail is made from. `expiresAt` is in Unix seconds, null for a notice. */
export type MailRow = {
  readonly id: OutboxId;
  readonly kind: ProofKind | NoticeKind;
  readonly email: string;
  readonly emailKey: string;
  readonly userId: string | null;
  readonly epoch: number | null;
  readonly sessionId: string | null;
  readonly createdAt: string;
  readonly expiresAt: number | null;
  readonly payload: MailPayload;
};

/** A mail this process has taken, with the account that it is about as it is now. */
export type ClaimedMail = MailRow & {
  readonly attempts: number;
  /** Expired, or used up, or its account is suspended: nothing to send. */
  readonly pointless: boolean;
  readonly account: { readonly email: string; readonly verified: boolean } | null;
  /** The address of the account that has the address already. */
  readonly takenBy: string | null;
};

/** What the row keeps for its text: of notices where the sign-in came from, else a pending registration. */
export type MailPayload = {
  readonly ip?: string;
  readonly userAgent?: string | null;
  readonly passwordHash?: string;
  readonly codesLeft?: number;
};

/**
 * Takes mails that are due, or the one named, for this process alone, and binds what was asked for by
 * address to the account it belongs to now. In required mode an address without an account may have
 * a registration waiting: asked for again, it is that registration's newest proof.
 */
export async function claimMails(
  deps: Needs,
  which: { only: OutboxId } | { atMost: number },
): Promise<ClaimedMail[]> {
  const now = databaseNow(deps.clock);
  const [selected, limit] =
    "only" in which ? [sql`o.id = ${which.only}::uuid`, 1] : [sql`true`, which.atMost];
  const asked = sql`o.kind = any((${textArray(byAddress)})::text[])`;
  const claimed = await queryJson<ClaimedMail[]>(
    deps.db,
    sql`with due as materialized (
      select o.id from auth.outbox o
      where o.state in ('pending', 'sending') and o.due_at <= (select ${now}) and ${selected}
      order by o.due_at limit ${limit}::int for update skip locked),
    found as materialized (
      select o.id, ${asked} as asked, u.id as user_id, u.security_epoch, u.email, u.email_verified,
        coalesce(${isSuspended(sql`u`, now)}, false) as suspended, case when h.id is distinct from o.user_id then h.email end as taken_by, r.payload as registration
      from due d join auth.outbox o on o.id = d.id
      left join auth.users h on h.email_key = o.email_key
      left join auth.users u on u.id = case when ${asked} then h.id else o.user_id end
      left join lateral (
        select n.payload from auth.outbox n
        where o.kind = 'verify_email' and h.id is null and n.email_key = o.email_key
          and n.kind = 'registration' and n.used_at is null and n.expires_at > ${now}
        order by n.created_at desc limit 1) r on true),
    claimed as (
      update auth.outbox o set state = 'sending', attempts = o.attempts + 1,
        due_at = ${now} + ${seconds(leaseSeconds)},
        user_id = case when f.asked then f.user_id else o.user_id end,
        epoch = case when f.asked then f.security_epoch else o.epoch end,
        payload = coalesce(f.registration, o.payload)
      from found f where o.id = f.id
      returning o.*, f.email as account_email, f.email_verified, f.suspended, f.taken_by)
    select coalesce(json_agg(json_build_object(${rowFields(sql`c`)}, 'attempts', c.attempts,
      'pointless', c.used_at is not null or c.suspended or coalesce(c.expires_at <= ${now}, false),
      'account', case when c.account_email is not null then
        json_build_object('email', c.account_email, 'verified', c.email_verified) end,
      'takenBy', c.taken_by) order by c.created_at), '[]') as result
    from claimed c`,
  );
  return claimed ?? [];
}

function rowFields(o: SQL): SQL {
  return sql`'id', ${o}.id, 'kind', ${o}.kind, 'email', ${o}.email, 'emailKey', ${o}.email_key,
    'userId', ${o}.user_id, 'epoch', ${o}.epoch, 'sessionId', ${o}.session_id, 'payload', ${o}.payload,
    'createdAt', ${wireTime(sql`${o}.created_at`)},
    'expiresAt', floor(extract(epoch from ${o}.expires_at))::bigint`;
}

/** A mail that was sent, for the mailbox of development and tests. */
export type SentMail = MailRow & { readonly template: MailTemplate; readonly sentTo: string };

/** The newest mails that were sent, to one address or to any. */
export async function listSent(deps: Needs, to: string | undefined, limit: number): Promise<SentMail[]> {
  const sent = await queryJson<SentMail[]>(
    deps.db,
    sql`select coalesce(json_agg(json_build_object(${rowFields(sql`o`)}, 'template', o.template, 'sentTo', o.sent_to)
        order by o.created_at desc, o.id desc), '[]') as result
      from (select * from auth.outbox
        where state = 'sent' and (${to ?? null}::text is null or lower(sent_to) = lower(${to ?? null}::text))
        order by created_at desc, id desc limit ${limit}::int) o`,
  );
  return sent ?? [];
}

/** How an attempt came out. `retryAfter`, in seconds, puts the mail back. */
export type Outcome =
  | { readonly state: "sent"; readonly template: MailTemplate; readonly to: string }
  | { readonly state: "skipped" }
  | { readonly state: "dead"; readonly error: string }
  | { readonly state: "pending"; readonly error: string; readonly retryAfter: number };

/** Records the outcome, unless the lease ran out and another process has taken the mail since. */
export async function recordOutcome(deps: Needs, mail: ClaimedMail, outcome: Outcome): Promise<void> {
  const now = databaseNow(deps.clock);
  const sent = outcome.state === "sent" ? outcome : undefined;
  const error = "error" in outcome ? outcome.error : null;
  const delay = outcome.state === "pending" ? outcome.retryAfter : 0;
  await queryJson(
    deps.db,
    sql`with recorded as (
      update auth.outbox o set state = ${outcome.state}, last_error = ${error},
        due_at = ${now} + ${seconds(delay)}, template = ${sent?.template ?? null},
        sent_to = ${sent?.to ?? null},
        delivered_at = case when ${outcome.state} = 'sent' then ${now} end
      where o.id = ${mail.id}::uuid and o.state = 'sending' and o.attempts = ${mail.attempts}::int
      returning 1)
    select to_json(count(*)) as result from recorded`,
  );
}

/** How many mails some process has in its hands right now. */
export async function countSending(deps: Needs): Promise<number> {
  const count = await queryJson<number>(
    deps.db,
    sql`select to_json(count(*)) as result from auth.outbox
      where state = 'sending' and due_at > ${databaseNow(deps.clock)}`,
  );
  return count ?? 0;
}

/** Counts a request for mail to an address and, when it is within every limit, writes its row. */
export async function insertRequest(
  deps: Pick<Deps, "db" | "clock" | "config">,
  mail: { id: OutboxId; kind: ProofKind; email: EmailAddress },
  counters: readonly Counter[],
): Promise<Attempt> {
  const attempt = await queryJson<Attempt>(
    deps.db,
    sql`with ${reserveAttempt(databaseNow(deps.clock), counters)},
    ${enqueueMail(deps, {
      id: mail.id,
      kind: mail.kind,
      from: sql`(select 1 from attempt where allowed) allowed`,
      email: sql`${mail.email.typed}`,
      emailKey: sql`${mail.email.key}`,
    })}
    select json_build_object('allowed', t.allowed, 'retryAfter', t.retry_after, 'counted', to_json(t.counted))
      as result from attempt t`,
  );
  if (!attempt) throw new Error("the attempt was not answered");
  return attempt;
}
