import { type Challenge, openChallenge, sealChallenge } from "../challenge/challenge.ts";
import type { Deps } from "../ports.ts";

const lifeSeconds = 1800;

/** Whoever has it may make the first admin. `expiresAt` is in Unix seconds. */
export type SetupToken = Pick<Challenge, "id" | "expiresAt">;

/**
 * The one-time link that makes the first admin. Nothing of it is kept: only who has our keys can make one.
 * @public
 */
export function setupLink(deps: Pick<Deps, "clock" | "random" | "keys" | "config">): string {
  return `${deps.config.publicUrl}/setup?token=${sealChallenge(deps, "setup", {}, lifeSeconds).text}`;
}

/** Undefined for a forged or expired one, without a statement. Whether it is used is for the database to say. */
export function openSetupToken(
  { keys, clock }: Pick<Deps, "keys" | "clock">,
  text: string,
): SetupToken | undefined {
  return openChallenge(keys.challenge, ["setup"], text, clock.now())?.challenge;
}
