import { type Challenge, openChallenge, sealChallenge } from "../challenge/challenge.ts";
import type { UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";

type Trust = { userId: UserId };

/** A device to be trusted, with the token it will show. Undefined where the operator trusts none. */
export function newTrust(
  deps: Pick<Deps, "clock" | "random" | "keys" | "config">,
  userId: UserId,
): { text: string; challenge: Challenge<Trust> } | undefined {
  const life = deps.config.trustedDeviceSeconds;
  return life > 0 ? sealChallenge<Trust>(deps, "trusted_device", { userId }, life) : undefined;
}

/** The device that a token of the user names; null for none, and for a forged, foreign or expired one. */
export function trustedDevice(
  deps: Pick<Deps, "clock" | "keys" | "config">,
  text: string | undefined,
  userId: UserId,
): string | null {
  if (text === undefined || deps.config.trustedDeviceSeconds === 0) return null;
  const opened = openChallenge<Trust>(deps.keys.challenge, ["trusted_device"], text, deps.clock.now());
  return opened?.challenge.bound.userId === userId ? opened.challenge.id : null;
}
