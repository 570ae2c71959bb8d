import { generateKeyPairSync, randomBytes } from "node:crypto";
import { bytesToHex } from "@noble/hashes/utils.js";
import { hashDetails } from "../../src/audit/canonical.ts";
import { type FactorId, newId } from "../../src/ids.ts";
import { describeDevice } from "../../src/lib/device.ts";
import { macOf } from "../../src/lib/mac.ts";
import { newRecoveryCodes } from "../../src/mfa/recovery-code.ts";
import { newTotp } from "../../src/mfa/totp.ts";
import type { Deps } from "../../src/ports.ts";
import type { Happening, History, Session } from "./history.ts";
import type { Person } from "./people.ts";
import type { Draw } from "./random.ts";

export type Rows = { table: string; columns: string; rows: Record<string, unknown>[] };

type Needs = Pick<Deps, "config" | "keys" | "random" | "clock">;

/** What opens something is of the system's own randomness: whoever has this source can make the rest again. */
const secret = (bytes: number) => randomBytes(bytes).toString("base64").replaceAll("=", "");
export const iso = (at: number | null | undefined) =>
  at === null || at === undefined ? null : new Date(at).toISOString();
export const idAt = (draw: Draw, at: number) =>
  newId({ clock: { now: () => new Date(at), offsetSeconds: 0 }, random: draw });

export const roleRows: Rows = {
  table: "roles",
  columns: "name, permissions, created_at",
  rows: [
    ["support", ["users:read", "outbox:read", "stats:read"]],
    ["user-manager", ["users:read", "users:write", "users:invite", "stats:read"]],
    ["beta", []],
  ].map(([name, permissions]) => ({ name, permissions, created_at: iso(Date.now()) })),
};

/** People and all that hangs on them. */
export async function rowsOfPeople(
  deps: Needs,
  draw: Draw,
  people: readonly Person[],
  history: History,
): Promise<{ tables: Rows[]; factors: Map<string, string> }> {
  const lastSignIn = new Map(history.sessions.map(({ person, at }) => [person.id, at]));
  for (const { person, at } of history.sessions) {
    lastSignIn.set(person.id, Math.max(at, lastSignIn.get(person.id) ?? 0));
  }
  const factors = new Map<string, string>();
  const [totps, passkeys, codes]: Record<string, unknown>[][] = [[], [], []];
  for (const person of people) {
    if (person.totpAt !== undefined) {
      const id = idAt(draw, person.totpAt) as FactorId;
      factors.set(`totp ${person.id}`, id);
      const { sealed, keyId } = await newTotp(deps, person.id, id);
      const [created_at, confirmed_at] = [iso(person.totpAt), iso(person.totpAt + 45_000)];
      totps?.push({ user_id: person.id, id, secret: sealed, key_id: keyId, created_at, confirmed_at });
    }
    for (const at of person.passkeysAt) passkeys?.push(passkeyRow(draw, person, at, factors));
    const since = Math.min(person.totpAt ?? Number.POSITIVE_INFINITY, ...person.passkeysAt);
    if (!Number.isFinite(since)) continue;
    for (const hash of newRecoveryCodes(deps).hashes) {
      codes?.push({ user_id: person.id, hash, created_at: iso(since) });
    }
  }
  const tables: Rows[] = [
    {
      table: "users",
      columns:
        "id, email, email_key, email_verified, password_hash, name, locale, metadata, app_metadata, status, " +
        "suspended_until, suspended_reason, security_epoch, epoch_raised_at, has_totp, passkeys, created_at, " +
        "updated_at, last_sign_in_at, key_epoch",
      rows: people.map((person) => userRow(draw, person, lastSignIn.get(person.id))),
    },
    {
      table: "user_roles",
      columns: "user_id, role",
      rows: people.flatMap(({ id, roles }) => roles.map((role) => ({ user_id: id, role }))),
    },
    {
      table: "totp_factors",
      columns: "user_id, id, secret, key_id, last_step, created_at, confirmed_at",
      rows: (totps ?? []).map((row) => ({ ...row, last_step: 0 })),
    },
    {
      table: "passkeys",
      columns:
        "id, user_id, credential_id, public_key, counter, transports, aaguid, name, backup_eligible, backed_up, created_at",
      rows: passkeys ?? [],
    },
    { table: "recovery_codes", columns: "user_id, hash, created_at", rows: codes ?? [] },
  ];
  return { tables, factors };
}

function userRow(draw: Draw, person: Person, lastSignIn: number | undefined) {
  const { suspended, createdAt } = person;
  return {
    id: person.id,
    email: person.email,
    email_key: person.email,
    email_verified: person.verified,
    password_hash: `$scrypt$ln=14,r=8,p=5$${secret(16)}$${secret(32)}`,
    name: person.name,
    locale: draw.pick(["en-GB", "en-US", "de-DE", "fr-FR", "es-ES", null]),
    metadata: {},
    app_metadata: { demo: true, plan: draw.pick(["free", "free", "free", "team", "pro"]) },
    status: suspended ? "suspended" : "active",
    suspended_until: iso(suspended?.until),
    suspended_reason: suspended?.reason ?? null,
    security_epoch: suspended ? 1 : 0,
    epoch_raised_at: iso(suspended?.at),
    key_epoch: 0,
    has_totp: person.totpAt !== undefined,
    passkeys: person.passkeysAt.length,
    created_at: iso(createdAt),
    updated_at: iso(suspended?.at ?? createdAt),
    last_sign_in_at: iso(lastSignIn ?? createdAt),
  };
}

const models = [
  ["ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google Password Manager"],
  ["fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "Apple Passwords"],
  ["bada5566-a7aa-401f-bd96-45619a55120d", "1Password"],
  ["08987058-cadc-4b81-b6e1-30de50dcbe96", "Windows Hello"],
] as const;

/** With a real public key, whose private one is forgotten at once. */
function passkeyRow(draw: Draw, person: Person, at: number, factors: Map<string, string>) {
  const id = idAt(draw, at);
  if (!factors.has(`passkey ${person.id}`)) factors.set(`passkey ${person.id}`, id);
  const { x = "", y = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({
    format: "jwk",
  });
  // COSE_Key of ES256 (RFC 9053 §7.1.1).
  const cose = `a5010203262001215820${Buffer.from(x, "base64url").toString("hex")}225820${Buffer.from(y, "base64url").toString("hex")}`;
  const [aaguid, name] = draw.pick(models);
  return {
    id,
    user_id: person.id,
    credential_id: randomBytes(20).toString("base64url"),
    public_key: Buffer.from(cose, "hex").toString("base64url"),
    counter: 0,
    transports: ["internal", "hybrid"],
    aaguid,
    name,
    backup_eligible: true,
    backed_up: true,
    created_at: iso(at),
  };
}

export function rowsOfSessions(
  { config, keys }: Needs,
  history: History,
  factors: ReadonlyMap<string, string>,
): Rows[] {
  const seen = new Map<string, Record<string, unknown>>();
  for (const { person, origin, at } of history.sessions) {
    const { device, browser, os } = describeDevice(origin.userAgent);
    const family = [device, browser, os].map((part) => part ?? "");
    const key = keys.device[0]?.key ?? new Uint8Array();
    const fingerprint = Buffer.from(macOf(key, [...family, origin.network])).toString("base64url");
    const before = seen.get(`${person.id} ${fingerprint}`)?.seen_at as string | undefined;
    const seen_at = [iso(at) ?? "", before ?? ""].sort().at(-1);
    seen.set(`${person.id} ${fingerprint}`, { user_id: person.id, fingerprint, seen_at, unfamiliar: false });
  }
  return [
    {
      table: "sessions",
      columns:
        "id, user_id, client_id, epoch, generation, rotated_at, grace_uses, first_of_day, created_at, last_used_at, " +
        "expires_at, ended_at, ended_reason, amr, acr, auth_time, factor_id, ip, network, user_agent, place",
      rows: history.sessions.map((session) =>
        sessionRow(session, config.refreshToken.idleSeconds, config.clientId, factors),
      ),
    },
    { table: "devices", columns: "user_id, fingerprint, seen_at, unfamiliar", rows: [...seen.values()] },
  ];
}

function sessionRow(
  { id, person, origin, at, lastUsedAt, ended, amr, acr, factor }: Session,
  idleSeconds: number,
  clientId: string,
  factors: ReadonlyMap<string, string>,
) {
  return {
    id,
    user_id: person.id,
    client_id: clientId,
    epoch: 0,
    generation: Math.floor((lastUsedAt - at) / 3_600_000),
    rotated_at: iso(lastUsedAt),
    grace_uses: 0,
    first_of_day: false,
    created_at: iso(at),
    last_used_at: iso(lastUsedAt),
    expires_at: iso(lastUsedAt + idleSeconds * 1000),
    ended_at: iso(ended?.at),
    ended_reason: ended?.reason ?? null,
    amr,
    acr,
    auth_time: iso(at),
    factor_id: (factor && factors.get(`${factor} ${person.id}`)) ?? null,
    ip: origin.ip,
    network: origin.network,
    user_agent: origin.userAgent,
    place: origin.place,
  };
}

/** Events and what of them may be erased, bound together as the service does it. */
export function rowsOfEvents(draw: Draw, happenings: readonly Happening[]): Rows[] {
  const [events, details]: Record<string, unknown>[][] = [[], []];
  for (const {
    at,
    action,
    outcome = "success",
    actor,
    subject,
    session,
    origin,
    email = null,
    text = null,
  } of happenings) {
    const [id, salt] = [idAt(draw, at), randomBytes(16)];
    // To the microsecond, as PostgreSQL's clock has it.
    const occurred_at = `${iso(at)?.slice(0, -1)}${String(draw.below(1000)).padStart(3, "0")}Z`;
    const said = { ip: origin.ip, user_agent: origin.userAgent, email, text };
    events?.push({
      id,
      occurred_at,
      action,
      outcome,
      actor_id: actor ?? null,
      subject_id: subject ?? null,
      session_id: session ?? null,
      request_id: `demo-${id.slice(-12)}`,
      details_hash: `\\x${hashDetails(salt, said)}`,
    });
    details?.push({ event_id: id, occurred_at, salt: `\\x${bytesToHex(salt)}`, ...said });
  }
  return [
    {
      table: "audit_events",
      columns: "id, occurred_at, action, outcome, actor_id, subject_id, session_id, request_id, details_hash",
      rows: events ?? [],
    },
    {
      table: "audit_details",
      columns: "event_id, occurred_at, salt, ip, user_agent, email, text",
      rows: details ?? [],
    },
  ];
}
