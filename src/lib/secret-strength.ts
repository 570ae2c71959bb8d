const leastBits = 96;
const typed = /change.?me|secret|password|passwort|your[-_ ]|example|letmein|qwerty/i;

/**
 * Whether a secret looks typed rather than drawn: it repeats a unit, steps through the alphabet,
 * holds a word people write into secrets, or its characters carry under 96 bits by Shannon's count.
 * An estimate that catches placeholders, not a proof of strength.
 * @public
 */
export function isLowEntropy(secret: string): boolean {
  return typed.test(secret) || repeats(secret) || steps(secret) || bitsOf(secret) < leastBits;
}

/** Whether a period of up to half the length explains nearly every character. */
function repeats(secret: string): boolean {
  for (let period = 1; period <= secret.length / 2; period++) {
    let same = 0;
    for (let i = period; i < secret.length; i++) if (secret[i] === secret[i - period]) same++;
    if (same >= 0.9 * (secret.length - period)) return true;
  }
  return false;
}

/** Whether most characters are the neighbours, in the code table, of those before them. */
function steps(secret: string): boolean {
  let neighbours = 0;
  for (let i = 1; i < secret.length; i++) {
    if (Math.abs(secret.charCodeAt(i) - secret.charCodeAt(i - 1)) === 1) neighbours++;
  }
  return neighbours > secret.length / 2;
}

function bitsOf(secret: string): number {
  const counts = new Map<string, number>();
  for (const char of secret) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / secret.length);
  return bits;
}
