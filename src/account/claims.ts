import type { Deps } from "../ports.ts";
import { fieldError, Problem } from "../problems.ts";

/**
 * The most bytes of JSON that one key of `app_metadata` may bring into a token: tokens travel in headers.
 * @public
 */
export const longestClaim = 256;

/**
 * Refuses values that are to be claims and are too long for one, before they are stored.
 * @throws Problem `invalid_fields`.
 * @public
 */
export function refuseLongClaims(
  { config }: Pick<Deps, "config">,
  appMetadata: Record<string, unknown> | undefined,
): void {
  const errors = config.accessToken.metadataClaims.flatMap((key) => {
    const text = JSON.stringify(appMetadata?.[key]) ?? "";
    const tooLong = new TextEncoder().encode(text).length > longestClaim;
    return tooLong ? fieldError(`/app_metadata/${key}`, "too_long") : [];
  });
  if (errors.length > 0) throw new Problem("invalid_fields", { errors });
}
