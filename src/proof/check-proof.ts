import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { SessionClaims } from "../token/access-claims.ts";
import { isCode } from "./code.ts";
import { type FlowPurpose, openFlow } from "./flow.ts";
import type { Binding, ProofKind } from "./kinds.ts";
import { type Attempted, type ProofRow, returnTry, takeTry } from "./queries.ts";
import { isBoundTo, openToken } from "./token.ts";

/**
 * What somebody shows: the token of a mail, or its code with the flow that asked for it.
 * @public
 */
export type Presented = {
  readonly token?: string | undefined;
  readonly flowId?: string | undefined;
  readonly code?: string | undefined;
};

/**
 * A proof that was found right, not yet used up.
 * @public
 */
export type Proof = ProofRow & {
  /** `guesses`: shown by its code, in the browser that asked for it. */
  readonly by: Attempted;
};

type Needs = Pick<Deps, "db" | "clock" | "keys">;

/**
 * Checks a mailed proof of one of `kinds`. Forged, foreign and expired ones cost no statement; any
 * other costs one of its row's five tries, before anything is compared.
 * @param session the caller's, where being signed in to the account counts.
 * @throws Problem `invalid_proof`, one answer for every refusal.
 * @public
 */
export async function checkProof(
  deps: Needs,
  kinds: readonly ProofKind[],
  purpose: FlowPurpose,
  { token, flowId, code }: Presented,
  session?: SessionClaims,
): Promise<Proof> {
  const { oneTimeToken } = deps.keys;
  const now = deps.clock.now();
  const flow = flowId === undefined ? undefined : openFlow(oneTimeToken, purpose, flowId, now);
  const opened = token === undefined ? undefined : openToken(oneTimeToken, kinds, token, now);
  const id = token === undefined ? flow : opened?.id;
  if (!id || (flowId !== undefined && flow !== id)) throw new Problem("invalid_proof");
  const by: Attempted = opened ? "tries" : "guesses";
  const row = await takeTry(deps, id, by, kinds, session);
  if (!row) throw new Problem("invalid_proof");
  const binding: Binding = row;
  const right = opened
    ? opened.kind === row.kind && isBoundTo(oneTimeToken, opened, binding)
    : isCode(deps.keys.code, binding, code ?? "");
  if (!right) throw new Problem("invalid_proof");
  return { ...row, by };
}

/**
 * Runs what a right proof is for. When that is refused for what came with it (a password the policy
 * does not take) or fails on our side, the try is given back. Not when somebody else was asked on the
 * way, or a hash was computed: no proof makes us do that without limit.
 * @public
 */
export async function withProof<T>(deps: Needs, proof: Proof, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isHarmless(error)) await returnTry(deps, proof.id, proof.by);
    throw error;
  }
}

function isHarmless(error: unknown): boolean {
  if (!(error instanceof Problem)) return true;
  const faults = error.extras.errors ?? [];
  return error.code === "invalid_fields" && !faults.some(({ code }) => code === "breached");
}
