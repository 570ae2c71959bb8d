import { equalBytes, type MacKeys, macOf } from "../lib/mac.ts";
import { sealingKey } from "../lib/seal.ts";
import type { Binding } from "./kinds.ts";

const digits = 8;

/**
 * The code of a mail, for typing into the browser that asked. Eight digits: five guesses a row and ten
 * rows a day leave a guesser one chance in two million a day.
 * @public
 */
export function codeOf(keys: MacKeys, binding: Binding): string {
  return derive(sealingKey(keys).key, binding);
}

/** Whether `given`, as typed, is the code under the current key or the one being retired. */
export function isCode(keys: MacKeys, binding: Binding, given: string): boolean {
  const encode = (text: string) => new TextEncoder().encode(text);
  const typed = encode(given.replace(/[\s-]/g, ""));
  return keys.some(({ key }) => equalBytes(encode(derive(key, binding)), typed));
}

function derive(key: Uint8Array, { kind, id, userId, emailKey, epoch, expiresAt }: Binding): string {
  const fields = [kind, id, userId ?? "", emailKey, String(epoch ?? ""), String(expiresAt)];
  const mac = macOf(key, fields);
  const number = new DataView(mac.buffer, mac.byteOffset).getBigUint64(0) % 10n ** BigInt(digits);
  return number.toString().padStart(digits, "0");
}
