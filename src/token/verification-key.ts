import { base64url } from "jose";
import { isStrictCompactJws } from "../lib/compact-jws.ts";
import type { NamedKey } from "./keys.ts";

/**
 * The key of ours that a compact JWS says it was signed with: the one of its `kid`, which picks and proves nothing
 * (RFC 8725 §3.10). Undefined for one of another or no key, one that is longer than `longest` characters, and any spelling
 * but the one of RFC 7515 §7.1: a library that verifies with this key would take several more.
 */
export function verificationKey(
  keys: ReadonlyMap<string, NamedKey>,
  token: string,
  longest: number,
): NamedKey | undefined {
  if (token.length > longest || !isStrictCompactJws(token)) return undefined;
  return keys.get(kidOf(token) ?? "");
}

function kidOf(token: string): string | undefined {
  try {
    const header: unknown = JSON.parse(
      new TextDecoder().decode(base64url.decode(token.split(".", 1)[0] ?? "")),
    );
    const kid = (header as { kid?: unknown } | null)?.kid;
    return typeof kid === "string" ? kid : undefined;
  } catch {
    return undefined; // not JSON, so it names no key of ours
  }
}
