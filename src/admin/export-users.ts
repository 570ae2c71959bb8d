import type { Actor } from "../access/run-as.ts";
import type { AdminUser } from "../account/user.ts";
import type { Caller, Deps } from "../ports.ts";
import { readBatch } from "./export-queries.ts";

const batchSize = 1000;

/**
 * Every user, the oldest id first, a thousand a statement, as they are asked for. Each statement checks the operator
 * again, so that whoever is demoted meanwhile gets no further. A user is given as of the statement that reads it; who comes
 * meanwhile comes last.
 * @throws Problem `invalid_token`, `not_allowed`, also in the middle.
 */
export async function* exportUsers(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
): AsyncGenerator<readonly AdminUser[], void> {
  for (let after: string | undefined; ; ) {
    const batch = await readBatch(deps, caller, actor, { after, size: batchSize });
    yield batch;
    after = batch.at(-1)?.id;
    if (after === undefined || batch.length < batchSize) return;
  }
}
