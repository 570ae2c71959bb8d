/**
 * Whether a secret looks typed rather than drawn: it repeats one unit, or its characters carry
 * under 96 bits by Shannon's count. An estimate that catches placeholders, not a proof of strength.
 * @public
 */
export function isLowEntropy(secret: string): boolean {
  const repeats = /^(.+?)\1+$/s.test(secret);
  const counts = new Map<string, number>();
  for (const char of secret) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / secret.length);
  return repeats || bits < 96;
}
