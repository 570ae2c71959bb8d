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
/** Clocks of our own processes, by which ids of sessions begin, may be this far apart. */
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
  const seconds = () => deps.clock.now().getTime() / 1000;
  const isYounger = (copy: Copy, life: number) => seconds() - copy.issuedAt < life;
  const renew = () => {
    // What another request began may never end where that request was cut off.
    if (!pending || seconds() - pending.since > waitMs / 1000) {
      const work = makeCopy(deps, Math.floor(seconds()));
      const forget = () => {
        if (pending?.work === work) pending = undefined;
      };
      work.then((copy) => {
        last = copy;
        forget();
      }, forget);
      pending = { work, since: seconds() };
    }
    return within(waitMs, pending.work);
  };
  return async () => {
    const copy = last && isYounger(last, freshFeedSeconds) ? last : await renew().catch(lastUntilItExpires);
    return { jws: copy.jws, ageSeconds: Math.max(Math.floor(seconds() - copy.issuedAt), 0) };
  };

  function lastUntilItExpires(error: Error): Copy {
    if (!last || !isYounger(last, feedLifeSeconds)) {
      throw new Unavailable("the feed cannot be read", { cause: error });
    }
    deps.log("revocations.stale", { age: Math.floor(seconds() - last.issuedAt), name: error.name });
    return last;
  }
}

async function makeCopy(deps: Needs, issuedAt: number): Promise<Copy> {
  const window = deps.config.accessToken.ttlSeconds;
  const firstId = firstIdAt(issuedAt - window - skewSeconds);
  const ended = await readEnded(deps, { window: window + skewSeconds, most: mostEntries, firstId });
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

/** The lowest UUIDv7 of a moment, in Unix seconds (RFC 9562 §5.7). */
function firstIdAt(moment: number): string {
  const hex = (Math.max(moment, 0) * 1000).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
