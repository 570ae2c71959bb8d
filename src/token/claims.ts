import type { Deps } from "../ports.ts";
import { fieldError, Problem } from "../problems.ts";

/** The most bytes of JSON that one key of `app_metadata` may bring into a token: tokens travel in headers. */
const longestClaim = 256;

/** Whether a value is short enough to be a claim. */
export function fitsClaim(value: unknown): boolean {
  return new TextEncoder().encode(JSON.stringify(value) ?? "").length <= longestClaim;
}

/**
 * Refuses values that are to be claims and are too long for one, before they are stored.
 * @throws Problem `invalid_fields`.
 * @public
 */
export function refuseLongClaims(
  { config }: Pick<Deps, "config">,
  appMetadata: Record<string, unknown> | undefined,
): void {
  const tooLong = config.accessToken.metadataClaims.filter((key) => !fitsClaim(appMetadata?.[key]));
  const errors = tooLong.map((key) => fieldError(`/app_metadata/${key}`, "too_long"));
  if (errors.length > 0) throw new Problem("invalid_fields", { errors });
}
