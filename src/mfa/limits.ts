import type { Deps } from "../ports.ts";
import type { Counter } from "../throttle/fragments.ts";
import { throttleKey } from "../throttle/keys.ts";

const day = 86_400;

/**
 * The same for the code that confirms a new app, whose secret the caller has just been shown.
 */
export function confirmationCounter(deps: Pick<Deps, "keys">, userId: string): Counter {
  return { ...totpCounter(deps, userId), key: throttleKey(deps, "totp-confirmation", userId) };
}

/**
 * What limits guesses at a user's authenticator app, wherever they are made: twenty in 24 hours, given back by a right one.
 * @public
 */
export function totpCounter(deps: Pick<Deps, "keys">, userId: string): Counter {
  return {
    name: "account",
    key: throttleKey(deps, "totp", userId),
    limit: { max: 20, windowSeconds: day },
  };
}
