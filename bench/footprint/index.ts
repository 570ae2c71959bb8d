import { buildWorker } from "../../scripts/build.ts";
import { limitKiB } from "../../scripts/size.ts";
import { reportPromises } from "../load/report.ts";
import { benchMemory } from "./memory.ts";
import { benchStartup } from "./startup.ts";

/** How much there is of us: in the bundle, at the start and in memory. */
export async function benchFootprint({ quick }: { quick: boolean }): Promise<boolean> {
  const bundle = { what: "KiB of the Worker, gzipped", value: buildWorker().gzipped / 1024, most: limitKiB };
  const startup = await benchStartup(quick ? 4 : 15);
  const memory = await benchMemory(quick ? 10_000 : 100_000);
  console.log();
  return reportPromises([bundle, ...startup, ...memory]);
}
