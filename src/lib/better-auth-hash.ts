/**
 * better-auth's `salt:key`. It hands scrypt the salt's hexadecimal text, not the bytes it stands for.
 * @public
 */
export type BetterAuthHash = { readonly salt: Uint8Array; readonly hash: Uint8Array };

/** The parts of better-auth's `salt:key`, or undefined for any other text. Its cost is fixed. */
export function parseBetterAuth(text: string): BetterAuthHash | undefined {
  const match = /^([0-9a-f]{32}):([0-9a-f]{128})$/.exec(text);
  if (!match) return undefined;
  const [, salt = "", key = ""] = match;
  const hash = Uint8Array.from(key.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return { salt: new TextEncoder().encode(salt), hash };
}
