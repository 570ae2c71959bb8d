import { newId, type OutboxId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller } from "../ports.ts";
import { Problem } from "../problems.ts";
import { issueTokens, type TokenResponse } from "../token/issue-tokens.ts";
import { verifyRefreshToken } from "../token/refresh-token.ts";
import { rotateSession } from "./queries.ts";

/**
 * The one refresh rotation (RFC 9700 §4.14.2). The current token is exchanged for its successor;
 * the one before it yields that same successor again within the grace, for a client that lost the
 * reply. After the grace it ends the session, and so does any older token at any time. A token newer
 * than the row, as after a restore of the database, is refused and ends nothing.
 * @throws Problem `invalid_refresh_token`, one answer for every refusal.
 * @public
 */
export async function refreshSession(
  deps: MailDeps,
  caller: Caller,
  refreshToken: string,
): Promise<TokenResponse> {
  const claims = await verifyRefreshToken(deps, refreshToken);
  if (!claims) throw new Problem("invalid_refresh_token");
  const notice = newId<OutboxId>(deps);
  const rotation = await rotateSession(deps, caller, claims, notice);
  if (rotation?.outcome !== "rotated") {
    const { userId: user_id, sessionId: session_id } = claims;
    deps.log(`session.refresh_${rotation?.outcome ?? "refused"}`, { user_id, session_id });
  }
  if (rotation?.outcome === "superseded" || rotation?.outcome === "reused") deliverSoon(deps, notice);
  if (rotation?.outcome !== "rotated" && rotation?.outcome !== "repeated") {
    throw new Problem("invalid_refresh_token");
  }
  return issueTokens(deps, rotation.grant);
}
