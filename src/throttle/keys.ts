import { base64url } from "jose";
import { macOf } from "../lib/mac.ts";
import type { Deps } from "../ports.ts";

/**
 * The key of a counter: an HMAC, the same whether the account exists or not.
 * @public
 */
export function throttleKey(deps: Pick<Deps, "keys">, purpose: string, ...what: string[]): string {
  return base64url.encode(macOf(deps.keys.throttle, [purpose, ...what]));
}
