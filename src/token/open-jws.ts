import { base64url } from "jose";
import { isStrictCompactJws } from "../lib/compact-jws.ts";
import type { NamedKey } from "./keys.ts";
import { createOpenedTokens } from "./opened-tokens.ts";

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

type Opened = { readonly header: Record<string, unknown>; readonly payload: Uint8Array };

type KeySet = ReadonlyMap<string, NamedKey>;

const openedBy = new WeakMap<KeySet, ReturnType<typeof createOpenedTokens<Opened>>>();

/** Those that keys of this set signed. */
function openedTokens(keys: KeySet) {
  const known = openedBy.get(keys) ?? createOpenedTokens<Opened>();
  openedBy.set(keys, known);
  return known;
}

/**
 * What a compact JWS (RFC 7515 §5.2) says that one of `keys` signed. Its `kid` picks the key and proves nothing; its `alg` has to
 * be that of the key (RFC 8725 §3.1, §3.10). Undefined for one of another or no key, of a header that asks for extensions
 * (§4.1.11), one that is longer than `longest` characters, and any spelling but the one of §7.1: libraries take several more.
 */
export async function openJws(keys: KeySet, token: string, longest: number): Promise<Opened | undefined> {
  if (token.length > longest) return undefined;
  const known = openedTokens(keys);
  return known.get(token) ?? (await openNew(keys, token, known.add));
}

async function openNew(
  keys: KeySet,
  token: string,
  remember: (token: string, opened: Opened) => void,
): Promise<Opened | undefined> {
  if (!isStrictCompactJws(token)) return undefined;
  const [head = "", body = "", mac = ""] = token.split(".");
  const header = readObject(base64url.decode(head));
  const named = typeof header?.kid === "string" ? keys.get(header.kid) : undefined;
  if (!header || !named || header.alg !== named.alg || "crit" in header || "b64" in header) return undefined;
  const input = utf8.encode(token.slice(0, token.lastIndexOf(".")));
  const isGood = await named.signature.verify(input, new Uint8Array(base64url.decode(mac)));
  if (!isGood) return undefined;
  const opened = { header, payload: base64url.decode(body) };
  // A MAC is made as soon as it is looked up; and a refresh token is shown once.
  if (!named.alg.startsWith("HS")) remember(token, opened);
  return opened;
}

/** An object of JSON in UTF-8; undefined for all else. */
export function readObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(strictUtf8.decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // neither UTF-8 nor JSON
  }
}
