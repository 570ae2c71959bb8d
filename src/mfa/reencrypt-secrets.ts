import type { UserId } from "../ids.ts";
import { sealingKey } from "../lib/seal.ts";
import type { Deps } from "../ports.ts";
import { countByKey, readSealedByOthers, type SealedRow, swapSecrets } from "./reencrypt-queries.ts";
import { resealTotp } from "./totp.ts";

const batchSize = 500;

type Needs = Pick<Deps, "db" | "random" | "keys">;

/** What became of the secrets that another key than the current one had sealed. */
export type Reencryption = {
  moved: number;
  /** Those it still has: of keys that are not configured, not to be opened, or written meanwhile. */
  left: number;
  /** Of these, how many each key that is not configured has sealed, by its id. */
  unknown: Record<string, number>;
  /** The users whose secret the key it names does not open. */
  unreadable: UserId[];
};

/**
 * Moves the secrets of authenticator apps to the current key, in batches of which each is one statement that compares
 * and swaps: it can run beside the service, be stopped at any point and begun again. A secret that cannot be
 * moved stays as it is.
 * @public
 */
export async function reencryptSecrets(
  deps: Needs,
  onProgress: (moved: number) => void,
): Promise<Reencryption> {
  const current = sealingKey(deps.keys.totp).kid;
  const unreadable: UserId[] = [];
  let moved = 0;
  let after: UserId | undefined;
  for (;;) {
    const rows = await readSealedByOthers(deps, current, after, batchSize);
    const resealed = await Promise.all(rows.map((row) => reseal(deps, row, unreadable)));
    moved += await swapSecrets(deps, current, resealed.flat());
    onProgress(moved);
    after = rows.at(-1)?.userId;
    if (!after || rows.length < batchSize) break;
  }
  const others = Object.entries(await countByKey(deps)).filter(([keyId]) => keyId !== current);
  const unknown = others.filter(([keyId]) => !deps.keys.totp.some(({ kid }) => kid === keyId));
  const left = others.reduce((sum, [, count]) => sum + count, 0);
  return { moved, left, unknown: Object.fromEntries(unknown), unreadable };
}

/**
 * How many secrets of authenticator apps name the previous key, which therefore must be kept.
 * @public
 */
export async function countUnderPreviousKey(deps: Pick<Deps, "db" | "keys">): Promise<number> {
  const [, previous] = deps.keys.totp;
  const counts = await countByKey(deps);
  return (previous && counts[previous.kid]) ?? 0;
}

async function reseal(deps: Needs, row: SealedRow, unreadable: UserId[]) {
  if (!deps.keys.totp.some(({ kid }) => kid === row.keyId)) return [];
  try {
    return [{ ...row, sealed: await resealTotp(deps, row.userId, row) }];
  } catch {
    unreadable.push(row.userId);
    return []; // altered, or moved here from another row
  }
}
