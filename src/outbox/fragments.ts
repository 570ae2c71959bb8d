import { type SQL, sql } from "drizzle-orm";
import { databaseNow, seconds } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import type { Caller, Deps } from "../ports.ts";
import { type ProofKind, proofLife } from "../proof/kinds.ts";

/**
 * Mail that only tells: it carries no proof.
 * @public
 */
export type NoticeKind =
  | "password_changed"
  | "email_changed"
  | "new_device"
  | "session_reuse"
  | "factor_changed"
  | "api_key_created"
  | "recovery_code_used"
  | "impersonated";

/**
 * Mail to write. All but `id` and `kind` is SQL over the rows of `from`, which is one row, or none when
 * there is nothing to send.
 * @public
 */
export type NewMail = {
  readonly id: OutboxId;
  readonly kind: ProofKind | NoticeKind;
  readonly from: SQL;
  readonly email: SQL;
  readonly emailKey: SQL;
  readonly user?: SQL;
  readonly epoch?: SQL;
  readonly session?: SQL;
  readonly payload?: SQL;
};

/**
 * A CTE `queued(id)`: one mail, written by the statement of the change that causes it, so that there
 * is never the one without the other. Empty where no mail leaves at all.
 * @public
 */
export function enqueueMail(deps: Pick<Deps, "clock" | "config">, mail: NewMail): SQL {
  if (!deps.config.mail) return sql`queued as (select null::uuid as id where false)`;
  const life = mail.kind in proofLife ? proofLife[mail.kind as ProofKind] : null;
  return sql`queued as (
    insert into auth.outbox (id, kind, email, email_key, user_id, epoch, session_id, payload, due_at, created_at, expires_at)
    select ${mail.id}::uuid, ${mail.kind}, ${mail.email}, ${mail.emailKey}, ${mail.user ?? sql`null::uuid`},
      ${mail.epoch ?? sql`null::int`}, ${mail.session ?? sql`null::uuid`}, ${mail.payload ?? sql`'{}'::jsonb`},
      t.now, t.now, ${life === null ? sql`null::timestamptz` : sql`t.now + ${seconds(life)}`}
    from ${mail.from}, (select ${databaseNow(deps.clock)} as now) t
    returning id)`;
}

const daySeconds = 86_400;
/** Notices a day: of one kind, and of all kinds to an address that may be a stranger's. */
const mostOfAKind = 10;
const mostUnverified = 3;

/**
 * A CTE `queued(id)`: a notice to the user row `u(id, email, email_key)` of `from`, which says where the
 * request behind it came from, and `more`, as JSON over `u`. Bounded, since whoever holds an account can cause them at will.
 * @public
 */
export function notifyUser(
  deps: Pick<Deps, "clock" | "config">,
  { ip, userAgent }: Caller,
  notice: { id: OutboxId; kind: NoticeKind; from: SQL; session?: SQL; more?: SQL },
): SQL {
  const since = sql`${databaseNow(deps.clock)} - ${seconds(daySeconds)}`;
  const from = sql`(select x.* from (select u.* from ${notice.from}) x join auth.users v on v.id = x.id
    where (select count(*) from auth.outbox n
        where n.user_id = x.id and n.expires_at is null and n.created_at > ${since}
          and (not v.email_verified or n.kind = ${notice.kind}))
      < case when v.email_verified then ${mostOfAKind}::int else ${mostUnverified}::int end) u`;
  return enqueueMail(deps, {
    ...notice,
    from,
    email: sql`u.email`,
    emailKey: sql`u.email_key`,
    user: sql`u.id`,
    payload: sql`${JSON.stringify({ ip, userAgent })}::jsonb || ${notice.more ?? sql`'{}'`}::jsonb`,
  });
}

/**
 * The same for what an operator does to the user: not bounded, since the account's holder cannot cause it, and
 * without where the request came from, which is the operator's.
 * @public
 */
export function notifyOfOperator(
  deps: Pick<Deps, "clock" | "config">,
  notice: { id: OutboxId; kind: NoticeKind; from: SQL },
): SQL {
  return enqueueMail(deps, {
    ...notice,
    email: sql`u.email`,
    emailKey: sql`u.email_key`,
    user: sql`u.id`,
  });
}
