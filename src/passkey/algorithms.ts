/** EdDSA, ES256, RS256: what authenticators of today sign with, in the order we prefer (RFC 9053, RFC 8812). */
export const algorithms = [-8, -7, -257];
