import { SignJWT } from "jose";
import { within } from "../lib/deadline.ts";
import { type Deps, Unavailable } from "../ports.ts";
import { type Ended, readEnded } from "./queries.ts";

/** How old a copy may be that is handed out. With a verifier that asks every 5 s, an end is known within 15 s. */
export const freshFeedSeconds = 10;
/** After this a verifier must not go by its copy any more. */
const feedLifeSeconds = 60;
const mostEntries = 50_000;
const waitMs = 4000;
const pauseSeconds = 2;
/** Access tokens end by the clocks of our own processes, which may be this far from the database's. */
const skewSeconds = 120;

type Needs = Pick<Deps, "config" | "clock" | "db" | "keys" | "log">;
type Copy = { readonly jws: string; readonly issuedAt: number };

/** The signed feed and how many seconds old it is. */
export type Feed = { readonly jws: string; readonly ageSeconds: number };

/**
 * Publishes what ended within the longest life of an access token, as a JWS that others may cache. One statement in ten
 * seconds, however many ask. While the database does not answer the last copy is handed out until it expires.
 * @throws Unavailable when there is none.
 */
export function publishFeed(deps: Needs): () => Promise<Feed> {
  let last: Copy | undefined;
  let pending: { work: Promise<Copy>; since: number } | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  const seconds = () => deps.clock.now().getTime() / 1000;
  const isYounger = (copy: Copy, life: number) => seconds() - copy.issuedAt < life;

  function renew(): Promise<Copy> {
    // What another request began may never end where that request was cut off.
    if (!pending || seconds() - pending.since > waitMs / 1000) {
      const work = makeCopy(deps, Math.floor(seconds()));
      const settle = (copy?: Copy) => {
        if (copy && copy.issuedAt >= (last?.issuedAt ?? 0)) last = copy;
        if (!copy) failedAt = seconds();
        if (pending?.work === work) pending = undefined;
      };
      work.then(settle, () => settle());
      pending = { work, since: seconds() };
    }
    return within(waitMs, pending.work);
  }

  function lastUntilItExpires(error: Error): Copy {
    if (!last || !isYounger(last, feedLifeSeconds)) {
      throw new Unavailable("the feed cannot be read", { cause: error });
    }
    return last;
  }

  async function current(): Promise<Copy> {
    if (last && isYounger(last, freshFeedSeconds)) return last;
    // A database that just failed is left alone for a moment, however many ask.
    if (seconds() - failedAt < pauseSeconds) return lastUntilItExpires(new Error("it failed just now"));
    return renew().catch((error: Error) => {
      const copy = lastUntilItExpires(error);
      deps.log("revocations.stale", { age: Math.floor(seconds() - copy.issuedAt), name: error.name });
      return copy;
    });
  }

  return async () => {
    const { jws, issuedAt } = await current();
    return { jws, ageSeconds: Math.max(Math.floor(seconds() - issuedAt), 0) };
  };
}

async function makeCopy(deps: Needs, issuedAt: number): Promise<Copy> {
  const window = deps.config.accessToken.ttlSeconds;
  const ended = await readEnded(deps, { window: window + skewSeconds, most: mostEntries });
  return { jws: await sign(deps, { ...ended, window }, issuedAt), issuedAt };
}

function sign(deps: Needs, claims: Ended & { window: number }, issuedAt: number): Promise<string> {
  const { kid, alg, key } = deps.keys.access.sign;
  return new SignJWT(claims)
    .setProtectedHeader({ alg, kid, typ: "revocations+jwt" })
    .setIssuer(deps.config.issuer)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + feedLifeSeconds)
    .sign(key);
}
