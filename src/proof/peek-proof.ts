import type { Deps } from "../ports.ts";
import { type FlowPurpose, openFlow } from "./flow.ts";
import type { ProofKind } from "./kinds.ts";
import { openToken } from "./token.ts";

type Needs = Pick<Deps, "keys" | "clock">;

/**
 * What a mailed token says it is, without a query; undefined for a forged, foreign or expired one. Whether it still proves
 * anything is for `checkProof`.
 * @public
 */
export function peekProof(
  deps: Needs,
  kinds: readonly ProofKind[],
  token: string | undefined,
): { id: string; kind: ProofKind } | undefined {
  return token === undefined ? undefined : openToken(deps.keys.oneTimeToken, kinds, token, deps.clock.now());
}

/**
 * Whether a flow is one of ours that waits, without a query; with a token, whether it is the one that asked for it.
 * @public
 */
export function isOpenFlow(
  deps: Needs,
  purpose: FlowPurpose,
  flowId: string | undefined,
  asked?: { kinds: readonly ProofKind[]; token: string },
): boolean {
  const now = deps.clock.now();
  const row = flowId === undefined ? undefined : openFlow(deps.keys.oneTimeToken, purpose, flowId, now);
  if (!row || !asked) return row !== undefined;
  return openToken(deps.keys.oneTimeToken, asked.kinds, asked.token, now)?.id === row;
}
