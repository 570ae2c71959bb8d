import type { OutboxId } from "../ids.ts";
import type { MacKeys } from "../lib/mac.ts";
import { isTag, sealingKey, tagOf } from "../lib/seal.ts";
import type { Binding, ProofKind } from "./kinds.ts";

const pattern =
  /^([A-Za-z0-9_-]{6})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{10})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})$/;

/** A token of ours by its first tag; whether it proves anything is for its row to say. */
export type OpenedToken = {
  readonly id: OutboxId;
  readonly kind: ProofKind;
  readonly expiresAt: number;
  readonly kid: string;
  readonly tag: string;
};

/**
 * The one-time token of a mail: `kid.id.expiry.tag.tag`. The first tag covers what the text says, so
 * a forgery or an expired token costs no query; the second what its row must say.
 * @public
 */
export function mintToken(keys: MacKeys, binding: Binding): string {
  const { kid, key } = sealingKey(keys);
  const { kind, id, expiresAt } = binding;
  const first = tagOf(key, stated(kind, id, expiresAt));
  return `${kid}.${id}.${expiresAt}.${first}.${tagOf(key, bound(binding))}`;
}

/** Reads a token of one of `kinds`, without a query; undefined for a forged, foreign or expired one. */
export function openToken(
  keys: MacKeys,
  kinds: readonly ProofKind[],
  text: string,
  now: Date,
): OpenedToken | undefined {
  const [, kid = "", id = "", expiry = "", first = "", tag = ""] = pattern.exec(text) ?? [];
  const key = keys.find((each) => each.kid === kid)?.key;
  const expiresAt = Number(expiry);
  if (!key || expiresAt * 1000 <= now.getTime()) return undefined;
  const kind = kinds.find((each) => isTag(key, stated(each, id, expiresAt), first));
  return kind && { id: id as OutboxId, kind, expiresAt, kid, tag };
}

/** Whether the row a token names says what the token was minted for. */
export function isBoundTo(keys: MacKeys, token: OpenedToken, binding: Binding): boolean {
  const key = keys.find(({ kid }) => kid === token.kid)?.key;
  return key !== undefined && isTag(key, bound(binding), token.tag);
}

function stated(kind: ProofKind, id: string, expiresAt: number): string[] {
  return ["token", kind, id, String(expiresAt)];
}

function bound({ kind, id, userId, emailKey, epoch, expiresAt }: Binding): string[] {
  return ["proof", kind, id, userId ?? "", emailKey, epoch === null ? "" : String(epoch), String(expiresAt)];
}
