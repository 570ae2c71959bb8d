import { type SessionId, type UserId, uuidPattern } from "../ids.ts";
import { isTag, sealingKey, tagOf } from "../lib/seal.ts";
import type { Deps } from "../ports.ts";
import type { Grant } from "../token/grant.ts";

const pattern = /^([A-Za-z0-9_-]{6})\.([0-9a-f-]{36})\.([0-9a-f-]{36})\.(\d{10})\.([A-Za-z0-9_-]{22})$/;

/**
 * A session as the cookie of a page names it. Whether it lives is for the statement to say.
 * @public
 */
export type PageSession = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly expiresAt: number;
};

/**
 * The text of a page's session cookie: `kid.session.user.expiry.tag`, good for nothing when forged or expired, before
 * any statement. Expiry in Unix seconds.
 * @public
 */
export function mintPageSession(
  deps: Pick<Deps, "keys">,
  { userId, sessionId, expiresAt }: Pick<Grant, "userId" | "sessionId" | "expiresAt">,
): string {
  const { kid, key } = sealingKey(deps.keys.pageSession);
  const named = [sessionId, userId, String(expiresAt)];
  return [kid, ...named, tagOf(key, named)].join(".");
}

/** @public */
export function openPageSession(deps: Pick<Deps, "keys" | "clock">, text: string): PageSession | undefined {
  const [, kid = "", sessionId = "", userId = "", expiry = "", tag = ""] = pattern.exec(text) ?? [];
  const key = deps.keys.pageSession.find((each) => each.kid === kid)?.key;
  if (!key || !isTag(key, [sessionId, userId, expiry], tag)) return undefined;
  const expiresAt = Number(expiry);
  const isOurs = uuidPattern.test(sessionId) && uuidPattern.test(userId);
  if (!isOurs || expiresAt * 1000 <= deps.clock.now().getTime()) return undefined;
  return { userId: userId as UserId, sessionId: sessionId as SessionId, expiresAt };
}
