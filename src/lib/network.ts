import ipaddr from "ipaddr.js";

/**
 * A client's address in one canonical spelling, with the network that throttling counts by:
 * IPv4 /32, IPv6 /64 (the least an operator hands to one customer). IPv4-mapped IPv6 is IPv4.
 * @public
 */
export type ClientAddress = { readonly ip: string; readonly network: string };

/** @public */
export type Cidr = ReturnType<typeof ipaddr.parseCIDR>;

type Address = ReturnType<typeof ipaddr.process>;

function parse(text: string): Address | undefined {
  const bare = text.replace(/%.*$/, "");
  if (!/[.:]/.test(bare)) return undefined; // the library finds out by an error, which costs as much as a request
  // `isValid` alone would take octal, hexadecimal and short IPv4 forms: "0177.1" is not an address.
  if (!ipaddr.IPv6.isValid(bare) && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;
  return ipaddr.process(bare);
}

/** @public */
export function parseClientAddress(text: string): ClientAddress | undefined {
  const address = parse(text);
  if (!address) return undefined;
  if (address.kind() === "ipv4") return { ip: address.toString(), network: address.toString() };
  const prefix = new ipaddr.IPv6([...address.toByteArray().slice(0, 8), ...new Array(8).fill(0)]);
  return { ip: address.toString(), network: `${prefix.toString()}/64` };
}

/** @public */
export function parseCidr(text: string): Cidr | undefined {
  return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined;
}

/** @public */
export function isWithin(text: string, ranges: readonly Cidr[]): boolean {
  const address = parse(text);
  return ranges.some(([base, bits]) => address?.kind() === base.kind() && address.match([base, bits]));
}

/** @public */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  return bare === "localhost" || parse(bare)?.range() === "loopback";
}
