import { randomBytes } from "node:crypto";
import {
  beginningOf,
  credentialBytes,
  credentialPrefix,
  hashCredential,
  makeCredential,
} from "../../src/lib/credential.ts";
import type { Happening, History } from "./history.ts";
import { dayMs, type Origin, type Person } from "./people.ts";
import type { Draw } from "./random.ts";
import { idAt, iso, type Rows } from "./rows.ts";

const clients = [
  ["Billing", ["users:read"], 210],
  ["Data warehouse", ["users:export", "stats:read"], 160],
  ["Log archive", ["audit:read"], 95],
  ["Support desk", ["users:read", "outbox:read"], 24],
] as const;

const keyNames = ["Nightly report", "Laptop", "CI", "Ticket sync", "Dashboard"];

/** Machine clients and API keys of operators, with the events of their making. Their secrets are known to nobody. */
export function rowsOfPrograms(
  draw: Draw,
  people: readonly Person[],
  now: number,
): { tables: Rows[]; happenings: Happening[] } {
  const happenings: Happening[] = [];
  const operators = people.filter(({ roles }) => roles.some((role) => role !== "user" && role !== "beta"));
  const [clientRows, secretRows, keyRows]: Record<string, unknown>[][] = [[], [], []];
  for (const [name, scopes, age] of clients) {
    const at = now - age * dayMs;
    const [id, secretId] = [idAt(draw, at), idAt(draw, at)];
    const times = { created_at: iso(at), updated_at: iso(at) };
    clientRows?.push({
      id,
      name,
      auth_method: "client_secret_basic",
      scopes,
      audiences: ["https://api.example.com"],
      ...times,
    });
    const random = randomBytes(credentialBytes);
    const hash = hashCredential(
      makeCredential(credentialPrefix.clientSecret, { id: secretId, owner: id, random }),
    );
    const last_used_at = iso(now - draw.below(3 * 3_600_000));
    secretRows?.push({ id: secretId, client_id: id, hash, created_at: iso(at), last_used_at });
    const origin = operators[0]?.origins[0];
    if (origin) {
      happenings.push({ at, action: "client.created", ...by(operators[0]), origin, text: scopes.join(" ") });
    }
  }
  for (const person of operators) {
    for (let left = 1 + draw.below(2); left > 0; left--) {
      const at = Math.floor(now - draw.between(1, 80) * dayMs);
      const id = idAt(draw, at);
      const random = randomBytes(credentialBytes);
      const text = makeCredential(credentialPrefix.apiKey, { id, owner: person.id, random });
      keyRows?.push({
        id,
        user_id: person.id,
        epoch: 0,
        name: draw.pick(keyNames),
        prefix: beginningOf(text),
        hash: hashCredential(text),
        scopes: ["users:read"],
        acr: "urn:gatehouse:acr:1",
        created_at: iso(at),
        last_used_at: draw.chance(0.7) ? iso(now - draw.below(2 * dayMs)) : null,
        expires_at: iso(at + 180 * dayMs),
        revoked_at: draw.chance(0.2) ? iso(Math.floor((at + now) / 2)) : null,
      });
      const origin = person.origins[0] as Origin;
      happenings.push({ at, action: "api_key.created", ...by(person), subject: person.id, origin });
    }
  }
  const tables = [
    {
      table: "clients",
      columns: "id, name, auth_method, scopes, audiences, created_at, updated_at",
      rows: clientRows ?? [],
    },
    {
      table: "client_secrets",
      columns: "id, client_id, hash, created_at, last_used_at",
      rows: secretRows ?? [],
    },
    {
      table: "api_keys",
      columns:
        "id, user_id, epoch, name, prefix, hash, scopes, acr, created_at, last_used_at, expires_at, revoked_at",
      rows: keyRows ?? [],
    },
  ];
  return { tables, happenings };
}

const by = (person: Person | undefined) => (person ? { actor: person.id } : {});

const refusals = [
  "MailRefused: 550 5.1.1 The mailbox does not exist",
  "MailRefused: 552 5.2.2 The mailbox is full",
  "Error: connect ETIMEDOUT",
];

/** Mail that left for those who signed in from somewhere new, and for the newest accounts; and some that never will. */
export function rowsOfMail(draw: Draw, { sessions }: History, now: number): Rows {
  const known = new Map<string, Set<Origin>>();
  const rows: Record<string, unknown>[] = [];
  for (const { person, origin, at, id } of [...sessions].sort((a, b) => a.at - b.at)) {
    const origins = known.get(person.id) ?? new Set([person.origins[0] as Origin]);
    known.set(person.id, origins);
    if (person.createdAt === at) {
      const expires = at + dayMs;
      if (expires < now - dayMs) continue; // the sweep would have taken it
      const used = person.verified ? at + 120_000 : null;
      rows.push({
        ...mail(draw, person, at),
        kind: "verify_email",
        epoch: 0,
        expires_at: iso(expires),
        used_at: iso(used),
      });
    } else if (!origins.has(origin) && at > now - 29 * dayMs) {
      origins.add(origin);
      const payload = { ip: origin.ip, userAgent: origin.userAgent };
      rows.push({ ...mail(draw, person, at), kind: "new_device", session_id: id, payload });
    }
  }
  for (const row of rows) row.template = row.kind;
  for (const [index, last_error] of refusals.entries()) {
    const row = rows[Math.floor((rows.length * (index + 1)) / 5)];
    if (!row) continue;
    const attempts = last_error.startsWith("MailRefused") ? 1 : 10;
    Object.assign(row, {
      state: "dead",
      template: null,
      sent_to: null,
      delivered_at: null,
      attempts,
      last_error,
    });
  }
  return {
    table: "outbox",
    columns:
      "id, kind, state, email, email_key, user_id, epoch, session_id, payload, template, attempts, due_at, " +
      "created_at, delivered_at, last_error, expires_at, sent_to, tries, guesses, used_at",
    rows,
  };
}

function mail(draw: Draw, person: Person, at: number) {
  return {
    id: idAt(draw, at),
    state: "sent",
    email: person.email,
    email_key: person.email,
    user_id: person.id,
    payload: {},
    attempts: 1,
    due_at: iso(at),
    created_at: iso(at),
    delivered_at: iso(at + 400 + draw.below(1600)),
    sent_to: person.email,
    tries: 0,
    guesses: 0,
  };
}
