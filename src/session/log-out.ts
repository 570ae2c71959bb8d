import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { verifyAccessToken } from "../token/access-claims.ts";
import { verifyRefreshToken } from "../token/refresh-token.ts";
import { endOneSession } from "./queries.ts";

/**
 * Ends the session that a token names: a refresh token of any generation or, when that names none,
 * an access token. A token that cannot be used has nothing left to end, which is what was asked for.
 * @throws Problem `not_allowed` for a token to act as somebody else, and a program's: neither is a session of its own.
 */
export async function logOut(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys">,
  caller: Caller,
  { refreshToken, accessToken }: { refreshToken: string | undefined; accessToken: string | undefined },
): Promise<void> {
  const refresh = refreshToken ? await verifyRefreshToken(deps, refreshToken) : undefined;
  const access =
    accessToken && !refresh ? await verifyAccessToken(deps, accessToken).catch(() => undefined) : undefined;
  if (access?.impersonator || access?.machine) throw new Problem("not_allowed");
  const session = refresh ?? access;
  if (session) await endOneSession(deps, caller, session);
}
