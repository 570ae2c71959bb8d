import { fork } from "node:child_process";
import { once } from "node:events";

/** The server that speaks Neon's protocol, in a process of its own, as it is none of what is measured. */
export async function startNeonHost(): Promise<{ endpoint: string; stop: () => Promise<unknown> }> {
  const child = fork("bench/apps/neon.ts");
  const [endpoint] = (await once(child, "message")) as [string];
  const stop = () => {
    const ended = once(child, "exit");
    child.kill();
    return ended;
  };
  return { endpoint, stop };
}
