import { base64url } from "jose";
import { isCanonicalBase64url } from "./base64url.ts";
import { equalBytes, macOf } from "./mac.ts";

/**
 * Seals the position of a keyset page. `scope` names the list, its owner, its sort and filters:
 * a cursor is good only where it was issued.
 * @public
 */
export function sealCursor(key: Uint8Array, scope: string, position: readonly string[]): string {
  const text = JSON.stringify(position);
  return `${base64url.encode(text)}.${base64url.encode(macOf(key, [scope, text]))}`;
}

/**
 * Answers the position, or undefined for a cursor that is altered or foreign.
 * @public
 */
export function openCursor(key: Uint8Array, scope: string, cursor: string): string[] | undefined {
  const [head, tag, ...rest] = cursor.split(".");
  if (!head || !tag || rest.length > 0 || ![head, tag].every(isCanonicalBase64url)) return undefined;
  const text = new TextDecoder().decode(base64url.decode(head));
  if (!equalBytes(base64url.decode(tag), macOf(key, [scope, text]))) return undefined;
  return JSON.parse(text) as string[];
}
