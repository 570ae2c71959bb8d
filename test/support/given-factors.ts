import type { Service } from "./service.ts";

type Holder = Pick<Service, "database">;
type Owner = { user: { id: string } };

const tables = ["totp_factors", "passkeys", "recovery_codes", "trusted_devices"];

/**
 * An authenticator app, two passkeys, a recovery code and a trusted device, put where they are kept: what nobody can
 * sign in with, and rules apply to. `counted: false` leaves out what says on the user's row that they are there.
 */
export async function giveFactors(
  { database }: Holder,
  { user: { id } }: Owner,
  { counted = true } = {},
): Promise<void> {
  await database.query(
    `with totp as (
      insert into auth.totp_factors (user_id, id, secret, key_id, created_at, confirmed_at)
      values ($1, gen_random_uuid(), 'totp-secret', 'key-id', now(), now()) on conflict do nothing),
    keys as (
      insert into auth.passkeys (id, user_id, credential_id, public_key, counter, transports, aaguid, name,
        backup_eligible, backed_up, created_at)
      select gen_random_uuid(), $1, 'credential-' || gen_random_uuid(), 'public-key', 0, '{internal}', gen_random_uuid(),
        'Key ' || n, true, true, now() from generate_series(1, 2) n
      where not exists (select 1 from auth.passkeys where user_id = $1)),
    codes as (
      insert into auth.recovery_codes values ($1, 'code-hash', now()) on conflict do nothing)
    insert into auth.trusted_devices (id, user_id, epoch, created_at, last_used_at, expires_at, ip, user_agent)
    select gen_random_uuid(), $1, 0, now(), now(), now() + interval '30 days', '203.0.113.90', 'Trusted browser'
    where not exists (select 1 from auth.trusted_devices where user_id = $1)`,
    [id],
  );
  if (!counted) return;
  await database.query("update auth.users set has_totp = true, passkeys = 2 where id = $1", [id]);
}

/** How many rows are left of all that. */
export async function countFactors({ database }: Holder, { user }: Owner): Promise<number> {
  const counts = tables.map((table) => `(select count(*) from auth.${table} where user_id = $1)`);
  const [row] = await database.query<{ count: number }>(`select (${counts.join(" + ")})::int as count`, [
    user.id,
  ]);
  return row?.count ?? 0;
}
