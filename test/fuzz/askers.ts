import type { Account } from "../support/client.ts";
import { makeAdmin } from "../support/operators.ts";
import type { Service } from "../support/service.ts";
import type { MadeRequest } from "./made-request.ts";

/**
 * A user and an operator who ask. What they ask for may end their session, their role or their account: whoever was
 * turned away is somebody new the next time.
 */
export function createAskers(service: Pick<Service, "signUp" | "database">) {
  const accounts: Partial<Record<MadeRequest["who"], Account>> = {};
  let renewals = 0;

  async function tokenOf(who: MadeRequest["who"]): Promise<string | undefined> {
    if (who === "nobody") return undefined;
    if (!accounts[who]) {
      renewals++;
      accounts[who] = await (who === "operator" ? makeAdmin(service) : service.signUp());
    }
    return accounts[who].access_token;
  }

  function note(who: MadeRequest["who"], code: unknown): void {
    const isOut = code === "invalid_token" || code === "reauthentication_required";
    if (isOut || (code === "not_allowed" && who === "operator")) delete accounts[who];
  }

  return { tokenOf, note, renewals: () => renewals };
}
