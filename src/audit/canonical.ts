import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * An event as it is hashed, with its instant in UTC to the microsecond and bytes in hexadecimal.
 * @public
 */
export type SealedEvent = {
  readonly id: string;
  readonly occurred_at: string;
  readonly action: string;
  readonly outcome: string;
  readonly actor_id: string | null;
  readonly subject_id: string | null;
  readonly session_id: string | null;
  readonly request_id: string;
  readonly details_hash: string;
};

/** The columns of an event in the order in which they are hashed, here and by PostgreSQL. */
export const sealedColumns = [
  "id",
  "occurred_at",
  "action",
  "outcome",
  "actor_id",
  "subject_id",
  "session_id",
  "request_id",
  "details_hash",
] as const satisfies readonly (keyof SealedEvent)[];

/** What one seal says, and signs. Bytes are hexadecimal. */
export type SealContent = {
  readonly number: number;
  /** Where the window before this one ended; null for the first. */
  readonly previous_end: string | null;
  readonly window_end: string;
  readonly events: number;
  readonly rows_hash: string;
  readonly previous_hash: string;
  readonly public_key: string;
  readonly sealed_at: string;
};

/** What the first seal has for the hash of the one before. */
export const noHash = "00".repeat(32);

/** Each field behind its length in bytes, so that no two lists of fields share a text; `-` is null. */
function frame(fields: readonly (string | null)[]): string {
  return fields.map((field) => (field === null ? "-" : `${utf8ToBytes(field).length}:${field}`)).join("");
}

/** SHA-256 of an event: what a window's hash is made of. */
export function hashEvent(event: SealedEvent): Uint8Array {
  return sha256(utf8ToBytes(frame(sealedColumns.map((column) => event[column]))));
}

/** SHA-256 of what a seal says, in hexadecimal. The next seal names it, and the signature is over it. */
export function hashSeal(seal: SealContent): string {
  const fields = [
    String(seal.number),
    seal.previous_end,
    seal.window_end,
    String(seal.events),
    seal.rows_hash,
    seal.previous_hash,
    seal.public_key,
    seal.sealed_at,
  ];
  return bytesToHex(sha256(utf8ToBytes(frame(fields))));
}

/** What of an event may be erased later. */
export type Details = {
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly email: string | null;
  readonly text: string | null;
};

/** Salted, so that the hash that stays tells nothing about details that were erased. In hexadecimal. */
export function hashDetails(salt: Uint8Array, { ip, user_agent, email, text }: Details): string {
  const details = utf8ToBytes(JSON.stringify([ip, user_agent, email, text]));
  return bytesToHex(sha256(concatBytes(salt, details)));
}
