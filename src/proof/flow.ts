import type { OutboxId } from "../ids.ts";
import type { MacKeys } from "../lib/mac.ts";
import { isTag, sealingKey, tagOf } from "../lib/seal.ts";

const pattern =
  /^([A-Za-z0-9_-]{6})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{10})\.([A-Za-z0-9_-]{22})$/;

/**
 * What a flow is for. A code is good with the flow that asked for it and with no other.
 * @public
 */
export type FlowPurpose = "email" | "magic_link";

/**
 * The answer to a request for mail: it names the row to be, is signed and stateless, and looks the
 * same whether the address is known, unknown or over its limit. `expiresAt` is in Unix seconds.
 * @public
 */
export function mintFlow(keys: MacKeys, purpose: FlowPurpose, id: OutboxId, expiresAt: number): string {
  const { kid, key } = sealingKey(keys);
  return `${kid}.${id}.${expiresAt}.${tagOf(key, fields(purpose, id, expiresAt))}`;
}

/** The row a flow names, without a query; undefined for a forged, foreign or expired one. */
export function openFlow(keys: MacKeys, purpose: FlowPurpose, text: string, now: Date): OutboxId | undefined {
  const [, kid = "", id = "", expiry = "", tag = ""] = pattern.exec(text) ?? [];
  const key = keys.find((each) => each.kid === kid)?.key;
  const expiresAt = Number(expiry);
  if (!key || expiresAt * 1000 <= now.getTime()) return undefined;
  return isTag(key, fields(purpose, id, expiresAt), tag) ? (id as OutboxId) : undefined;
}

function fields(purpose: FlowPurpose, id: string, expiresAt: number): string[] {
  return ["flow", purpose, id, String(expiresAt)];
}
