import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { base64url } from "jose";
import type { Deps } from "../ports.ts";
import { hashSeal } from "./canonical.ts";
import { insertSeal, readWindow } from "./seal-queries.ts";

const eventsPerWindow = 10_000;
/** A run is bounded; what is left is the next minute's. */
const mostWindows = 20;

/**
 * Seals what is settled of the audit log: windows of events, each under a signed hash that names the one
 * before. Reading a window and adding its seal are two statements: of two processes that read the same one adds
 * it, and the other stops.
 * @returns how many windows were sealed.
 * @public
 */
export async function sealEvents(deps: Pick<Deps, "db" | "clock" | "keys" | "log">): Promise<number> {
  const { publicKey, sign } = deps.keys.auditSeal;
  for (let sealed = 0; sealed < mostWindows; sealed++) {
    const window = await readWindow(deps, eventsPerWindow);
    if (!window) return sealed;
    const seal = { ...window, public_key: bytesToHex(publicKey) };
    const hash = hashSeal(seal);
    const signature = bytesToHex(await sign(hexToBytes(hash)));
    if (!(await insertSeal(deps, { ...seal, hash, signature }))) return sealed;
    // Whoever keeps the log has a witness of the chain that the database is not.
    deps.log("audit.sealed", {
      number: seal.number,
      events: seal.events,
      hash: base64url.encode(hexToBytes(hash)),
    });
  }
  return mostWindows;
}
