import type { Clock, Random } from "./ports.ts";

declare const brand: unique symbol;
type Id<Kind extends string> = string & { readonly [brand]: Kind };

export type UserId = Id<"user">;
export type SessionId = Id<"session">;
export type EventId = Id<"event">;
export type OutboxId = Id<"outbox">;
export type ImportRunId = Id<"import_run">;
export type FactorId = Id<"factor">;
export type ClientId = Id<"client">;
export type CredentialId = Id<"credential">;

export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits. */
export function newId<T extends Id<string>>(deps: { clock: Clock; random: Random }): T {
  const bytes = deps.random.bytes(16);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const now = deps.clock.now().getTime();
  view.setUint16(0, Math.floor(now / 2 ** 32));
  view.setUint32(2, now >>> 0);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  let id = "";
  for (let i = 0; i < 16; i++)
    id += (i === 4 || i === 6 || i === 8 || i === 10 ? "-" : "") + hex[bytes[i] ?? 0];
  return id as T;
}
