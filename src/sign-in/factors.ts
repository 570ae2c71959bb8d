/** What a password alone amounts to (RFC 8176; RFC 9470 for `acr`). */
export const passwordOnly = { amr: ["pwd"], acr: "urn:gatehouse:acr:1" } as const;
