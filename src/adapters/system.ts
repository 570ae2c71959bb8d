import type { Clock, Random } from "../ports.ts";

/** The runtime's clock, moved by an offset (0 in production). */
export function systemClock(offsetSeconds: number): Clock {
  return { now: () => new Date(Date.now() + offsetSeconds * 1000), offsetSeconds };
}

export const systemRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};
