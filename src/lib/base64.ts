/**
 * The 32 bytes behind their base64, or undefined for any other text.
 * @public
 */
export function decodeBase64(text: string | undefined): Uint8Array | undefined {
  if (!text || !/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined;
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
