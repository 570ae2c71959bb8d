import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { verifySignature } from "../lib/ed25519.ts";
import type { Deps } from "../ports.ts";
import { hashDetails, hashEvent, hashSeal, noHash } from "./canonical.ts";
import { readEvents, readSeals, type StoredEvent, type StoredSeal } from "./verify-queries.ts";

const eventsPerRead = 2000;
const sealsPerRead = 500;
const dayMs = 86_400_000;
const latestMs = 3_600_000;

/** Why a window is bad. */
export type Fault =
  | "missing seal"
  | "altered seal"
  | "broken chain"
  | "unknown key"
  | "bad signature"
  | "missing rows"
  | "inserted rows"
  | "altered rows"
  | "altered details";

/** The first bad window: from after one instant (null: the beginning) up to and with another. */
export type Finding = { window: number; from: string | null; to: string | null; what: Fault };

export type Verification = {
  /** Windows that hold, and the events in them. */
  windows: number;
  events: number;
  /** Of the windows, those whose events were dropped as `AUDIT_RETENTION_DAYS` says. */
  gone: number;
  /** Of the windows, those sealed over an hour after their first event: the work stood still, or the chain was begun anew. */
  late: number;
  /** Events that no seal covers yet. */
  unsealed: number;
  /** The last seal that holds. */
  last: { number: number; hash: string; publicKey: string } | null;
  /** Whether the seal that was asked for is in the chain. */
  found: boolean;
  finding: Finding | null;
};

export type Expectation = {
  /** The keys that may have signed, in hexadecimal like every hash here. */
  readonly publicKeys: readonly string[];
  /** A seal published earlier, which must still be there. */
  readonly seal?: string | undefined;
  readonly retentionDays: number;
  readonly onProgress?: (events: number) => void;
};

/**
 * Reads the whole audit log and does the hashing over, without PostgreSQL's help and without a secret, in memory
 * that does not grow with it. Stops at the first window that is bad.
 * @public
 */
export async function verifyLog(
  deps: Pick<Deps, "db" | "clock">,
  expected: Expectation,
): Promise<Verification> {
  const result: Verification = {
    windows: 0,
    events: 0,
    gone: 0,
    late: 0,
    unsealed: 0,
    last: null,
    found: expected.seal === undefined,
    finding: null,
  };
  const events = peekable(readAll(deps, expected.onProgress));
  let previous: StoredSeal | undefined;
  // The month that was read last, and its first window without events: where others have theirs, it must have had them.
  let month: { name: string; kept: boolean; emptied?: Finding } | undefined;
  for (let seals = await readSeals(deps, 0, sealsPerRead); seals.length > 0; ) {
    for (const seal of seals) {
      const window = await collectWindow(events, seal.window_end);
      const name = seal.window_end.slice(0, 7);
      if (month?.name !== name) month = { name, kept: false };
      const isGone = window.count === 0 && isPastRetention(deps, seal, expected.retentionDays);
      const what =
        (await faultOfSeal(seal, previous, expected.publicKeys)) ??
        (isGone && !month.kept ? undefined : faultOfRows(seal, window));
      const number = (previous?.number ?? 0) + 1;
      const [from, to] = [previous?.window_end ?? null, what === "missing seal" ? null : seal.window_end];
      if (!isGone) month.kept = true;
      else month.emptied ??= { window: number, from, to, what: "missing rows" };
      const finding = (month.kept && month.emptied) || (what && { window: number, from, to, what });
      if (finding) return { ...result, finding };
      previous = seal;
      result.windows += 1;
      result.gone += Number(isGone);
      result.late += Number(isLate(seal, window));
      result.events += window.count;
      result.found ||= seal.hash === expected.seal;
      result.last = { number: seal.number, hash: seal.hash, publicKey: seal.public_key };
    }
    seals = await readSeals(deps, previous?.number ?? 0, sealsPerRead);
  }
  while (await events.next(() => true)) result.unsealed += 1;
  return result;
}

async function* readAll(
  deps: Pick<Deps, "db">,
  onProgress: Expectation["onProgress"],
): AsyncGenerator<StoredEvent, void> {
  let [after, total]: [StoredEvent | undefined, number] = [undefined, 0];
  for (;;) {
    const batch: StoredEvent[] = await readEvents(deps, after, eventsPerRead);
    yield* batch;
    total += batch.length;
    onProgress?.(total);
    after = batch.at(-1);
    if (!after || batch.length < eventsPerRead) return;
  }
}

type Peekable = { next(wanted: (event: StoredEvent) => boolean): Promise<StoredEvent | undefined> };

/** Gives the next event when it is wanted, and keeps it when it is not. */
function peekable(events: AsyncGenerator<StoredEvent, void>): Peekable {
  let ahead: StoredEvent | undefined;
  return {
    async next(wanted) {
      const event = ahead ?? (await events.next()).value ?? undefined;
      ahead = event && wanted(event) ? undefined : event;
      return ahead ? undefined : event;
    },
  };
}

type WindowRows = { count: number; first?: string | undefined; rowsHash: string; detailsHold: boolean };

/** Takes the events up to an instant. Both are texts of one width, which sort like the instants. */
async function collectWindow(events: Peekable, end: string): Promise<WindowRows> {
  const rows = sha256.create();
  let [count, detailsHold] = [0, true];
  let first: string | undefined;
  for (;;) {
    const event = await events.next(({ occurred_at }) => occurred_at <= end);
    if (!event) return { count, first, rowsHash: bytesToHex(rows.digest()), detailsHold };
    first ??= event.occurred_at;
    count += 1;
    rows.update(hashEvent(event));
    const { details, details_hash } = event;
    detailsHold &&= details === null || hashDetails(hexToBytes(details.salt), details) === details_hash;
  }
}

function isLate({ sealed_at }: StoredSeal, { first }: WindowRows): boolean {
  return first !== undefined && Date.parse(sealed_at) - Date.parse(first) > latestMs;
}

/** A month is dropped as a whole when it ended so long ago. No window is of two. */
function isPastRetention(deps: Pick<Deps, "clock">, seal: StoredSeal, days: number): boolean {
  const end = new Date(seal.window_end);
  const monthEnd = Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1);
  return days > 0 && monthEnd < deps.clock.now().getTime() - days * dayMs;
}

async function faultOfSeal(
  seal: StoredSeal,
  previous: StoredSeal | undefined,
  publicKeys: readonly string[],
): Promise<Fault | undefined> {
  if (seal.number !== (previous?.number ?? 0) + 1) return "missing seal";
  if (hashSeal({ ...seal, previous_end: previous?.window_end ?? null }) !== seal.hash) return "altered seal";
  const follows = previous === undefined || seal.window_end > previous.window_end;
  if (!follows || seal.previous_hash !== (previous?.hash ?? noHash)) return "broken chain";
  if (!publicKeys.includes(seal.public_key)) return "unknown key";
  const [publicKey, signature, hash] = [seal.public_key, seal.signature, seal.hash].map(hexToBytes);
  const isSigned = publicKey && signature && hash && (await verifySignature(publicKey, signature, hash));
  return isSigned ? undefined : "bad signature";
}

function faultOfRows(seal: StoredSeal, window: WindowRows): Fault | undefined {
  if (window.count < seal.events) return "missing rows";
  if (window.count > seal.events) return "inserted rows";
  if (window.rowsHash !== seal.rows_hash) return "altered rows";
  return window.detailsHold ? undefined : "altered details";
}
