import { mayContain } from "../lib/bloom-filter.ts";
import { commonPasswords } from "./common-passwords.ts";

/** Decoded at first use: a module must do nothing when it is loaded. */
let filter: Uint8Array | undefined;

/**
 * Whether a password is among those tried first, however it is capitalised
 * (NIST SP 800-63B-4 §3.1.1.2). Mistakes one in a thousand others for one of them.
 */
export function isCommon(password: string): boolean {
  filter ??= Uint8Array.from(atob(commonPasswords), (char) => char.charCodeAt(0));
  return mayContain(filter, password.toLowerCase());
}
