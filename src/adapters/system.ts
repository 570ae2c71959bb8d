import type { Clock, Random } from "../ports.ts";

/** The runtime's clock, moved by an offset (0 in production). */
export function systemClock(offsetSeconds: number): Clock {
  return { now: () => new Date(Date.now() + offsetSeconds * 1000), offsetSeconds };
}

/** Asking the system costs the same for sixteen bytes and for a few thousand. */
const pooledBytes = 4096;

/** The runtime's randomness. What is handed out is forgotten here. */
export const systemRandom: Random = createPool();

function createPool(): Random {
  const pool = new Uint8Array(pooledBytes);
  let used = pooledBytes;
  const bytes = (length: number) => {
    if (length > pooledBytes) return crypto.getRandomValues(new Uint8Array(length));
    if (used + length > pooledBytes) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    const taken = pool.slice(used, used + length);
    pool.fill(0, used, used + length);
    used += length;
    return taken;
  };
  return { bytes };
}
