import { readdirSync, readFileSync } from "node:fs";
import { startWorkerd } from "../../test/support/workerd.ts";

/** Our service on workerd, for a bench that must not share a process with it. */
process.once("message", async (environment: Record<string, string>) => {
  const { origin, stop } = await startWorkerd(environment);
  process.once("message", () => void stop().then(() => process.exit(0)));
  process.send?.({ origin, pid: workerdBelow(process.pid) });
});

/** The process of workerd, which does the work; wrangler beside it does not. */
function workerdBelow(parent: number): number {
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    const stat = readFileSync(`/proc/${name}/stat`, "utf8");
    const isChild = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === String(parent);
    if (isChild && stat.includes("(workerd)")) return Number(name);
  }
  return parent;
}
