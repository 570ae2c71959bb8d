import { isCanonicalBase64url } from "./base64url.ts";

/**
 * Whether `token` is written as RFC 7515 §7.1 says, to the letter. JWT libraries tolerate white
 * space and padding, so two texts could pass for one token; we refuse all but the first.
 * @public
 */
export function isStrictCompactJws(token: string): boolean {
  const parts = token.split(".");
  return parts.length === 3 && parts.every((part) => part !== "" && isCanonicalBase64url(part));
}
