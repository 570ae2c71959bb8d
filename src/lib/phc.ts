/**
 * The fields of a scrypt PHC string. Salt and hash are bytes.
 * @public
 */
export type ScryptPhc = {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
};

const pattern = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
}

function decode(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/** @public */
export function formatScrypt({ ln, r, p, salt, hash }: ScryptPhc): string {
  return `$scrypt$ln=${ln},r=${r},p=${p}$${encode(salt)}$${encode(hash)}`;
}

/**
 * The fields, or undefined for what is not a scrypt PHC string.
 * @public
 */
export function parseScrypt(text: string): ScryptPhc | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, ln, r, p, salt = "", hash = ""] = match;
  return { ln: Number(ln), r: Number(r), p: Number(p), salt: decode(salt), hash: decode(hash) };
}
