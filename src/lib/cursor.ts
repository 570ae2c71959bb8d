import { base64url } from "jose";
import { isCanonicalBase64url } from "./base64url.ts";
import { equalBytes, type MacKeys, macOf } from "./mac.ts";

const longest = 2048;

/**
 * Seals the position of a keyset page as `kid.position.mac`. `scope` names the list, its owner, its
 * sort and filters: a cursor is good only where it was issued.
 * @public
 */
export function sealCursor(keys: MacKeys, scope: string, position: readonly string[]): string {
  const [current] = keys;
  if (!current) throw new Error("there is no key to seal a cursor with");
  const text = JSON.stringify(position);
  return `${current.kid}.${base64url.encode(text)}.${base64url.encode(macOf(current.key, [scope, text]))}`;
}

/**
 * Answers the position, or undefined for a cursor that is altered or foreign.
 * @public
 */
export function openCursor(keys: MacKeys, scope: string, cursor: string): string[] | undefined {
  const parts = cursor.split(".");
  const [kid, head = "", tag = ""] = parts;
  if (cursor.length > longest || parts.length !== 3 || !parts.every(isCanonicalBase64url)) return undefined;
  const key = keys.find((each) => each.kid === kid)?.key;
  const text = new TextDecoder().decode(base64url.decode(head));
  if (!key || !equalBytes(base64url.decode(tag), macOf(key, [scope, text]))) return undefined;
  return JSON.parse(text) as string[];
}
