/**
 * An address as typed, where mail goes, and the key it is unique under.
 * @public
 */
export type EmailAddress = { readonly typed: string; readonly key: string };

const localPart = /^[\x21\x23-\x26\x28-\x2b\x2d-\x3f\x41-\x5a\x5e-\x7e]{1,64}$/;
const forbiddenInLocal = /[()<>[\]:;@\\,"'\s]/;

/**
 * Parses one addr-spec, or answers undefined. Refused: control characters, white space, commas,
 * quotes, a second @, a non-ASCII local part, a leading, trailing or doubled dot, IP literals,
 * a domain without a dot (but `localhost` where allowed), more than 64 or 254 bytes
 * (RFC 5321 §4.5.3.1). The domain is turned to its A-label by the WHATWG host parser, so every
 * spelling of it is one address; dots and plus signs are the mail host's business and stay.
 * @public
 */
export function parseEmailAddress(
  typed: string,
  options: { allowLocalhost?: boolean } = {},
): EmailAddress | undefined {
  const parts = typed.split("@");
  const [local, domain] = parts;
  if (parts.length !== 2 || local === undefined || domain === undefined) return undefined;
  if (!localPart.test(local) || forbiddenInLocal.test(local)) return undefined;
  if (local.startsWith(".") || local.endsWith(".") || local.includes("..")) return undefined;
  const host = parseDomain(domain);
  if (host === undefined) return undefined;
  if (!host.includes(".") && !(options.allowLocalhost && host === "localhost")) return undefined;
  const key = `${local.toLowerCase()}@${host}`;
  return key.length > 254 || new TextEncoder().encode(typed).length > 254 ? undefined : { typed, key };
}

function parseDomain(domain: string): string | undefined {
  // The URL parser would cut these off or decode them instead of refusing them.
  if (domain === "" || /[\p{C}\s/?#:@%[\]\\,"'<>^|`]/u.test(domain)) return undefined;
  let host: string;
  try {
    host = new URL(`https://${domain}/`).hostname;
  } catch {
    return undefined; // not a host name, which is all the caller asks
  }
  const labels = host.split(".");
  if (!labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label))) return undefined;
  const isAddress = /^\d+$/.test(labels.at(-1) ?? "");
  return isAddress ? undefined : host;
}
