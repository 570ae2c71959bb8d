import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import type { Contender } from "./measure.ts";

/**
 * Nothing but the hash, as many at a time as the service lets the operation run: a hash for each core, and for sign-ups
 * half of them.
 */
export async function startRawHash(operation: "login" | "signup"): Promise<Contender> {
  const cores = availableParallelism();
  const atOnce = operation === "login" ? cores : Math.max(1, Math.floor(cores / 2));
  const child = fork("bench/apps/raw-hash.ts", [String(atOnce)]);
  await once(child, "message");
  const run: Contender["run"] = async (ms) => {
    child.send(ms);
    const [result] = await once(child, "message");
    return result as Awaited<ReturnType<Contender["run"]>>;
  };
  return { name: "raw scrypt", pid: child.pid ?? 0, run, close: async () => void child.kill() };
}
