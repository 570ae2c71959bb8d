import { build } from "esbuild";
import { freePort } from "../../scripts/postgres.ts";
import { startBenchPostgres } from "../database.ts";
import {
  benchEnvironment,
  exercisesOf,
  manyConnections,
  prepareAccounts,
  startOnNode,
} from "../load/gatehouse.ts";
import { connect, drive } from "../load/loop.ts";
import type { Promised } from "../load/report.ts";
import type { Exercise } from "../load/target.ts";
import { residentMebibytes, type Server, startServerProcess } from "../processes.ts";

const sliceMs = 1000;

type Resident = { readonly first: number; readonly last: number; readonly peak: number };

/**
 * Resident memory of ours and of a bare process, both bundled for Node, under so many requests each: what it comes to, and
 * what ours grows by after the first fifth, in which caches and the heap are filled.
 */
export async function benchMemory(requests: number): Promise<Promised[]> {
  const postgres = await startBenchPostgres();
  try {
    const url = await postgres.database("load");
    const environment = benchEnvironment(url, { PASSWORD_SCRYPT_LN: "10" });
    const preparing = await startOnNode("gatehouse-preparing", environment);
    const prepared = await prepareAccounts(preparing.origin, url);
    const { me, refresh } = await exercisesOf(preparing.origin, prepared);
    await preparing.stop();
    if (!me || !refresh) throw new Error("there is nothing to ask");
    const bare = await watch(await startBare(), [me], requests);
    const ours = await watch(await startOnNode("gatehouse-memory", environment), [me, refresh], requests);
    const text = ({ first, last, peak }: Resident) =>
      `${first.toFixed(0)} MiB after a fifth, ${last.toFixed(0)} at the end, ${peak.toFixed(0)} at most`;
    console.log(`resident under ${requests} requests: ours ${text(ours)}; bare ${text(bare)}`);
    return [
      { what: "MiB at most over those of a bare process", value: ours.peak - bare.peak, most: 120 },
      { what: `MiB that ours grows by in ${requests} requests`, value: ours.last - ours.first, most: 20 },
    ];
  } finally {
    await postgres.stop();
  }
}

async function startBare(): Promise<Server> {
  const outfile = ".gatehouse/bench/bare-node.js";
  await build({
    entryPoints: ["bench/apps/bare-node.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  const port = await freePort();
  return startServerProcess("bare-node", [outfile], {
    origin: `http://127.0.0.1:${port}`,
    path: "/",
    environment: { PORT: String(port) },
  });
}

/** Asks by turns until there were so many answers, and looks at the memory each second. */
async function watch(server: Server, exercises: readonly Exercise[], requests: number): Promise<Resident> {
  const connections = connect(server.origin, manyConnections);
  const seen: { done: number; resident: number }[] = [];
  for (let done = 0, turn = 0; done < requests * 1.2; turn++) {
    const exercise = exercises[turn % exercises.length] as Exercise;
    const { latencies } = await drive(connections, exercise.askers, {
      ms: sliceMs,
      expected: exercise.expected,
    });
    done += latencies.length;
    seen.push({ done, resident: residentMebibytes(server.pid) ?? Number.NaN });
  }
  await connections.close();
  await server.stop();
  const first = seen.find(({ done }) => done >= requests * 0.2)?.resident ?? Number.NaN;
  const all = seen.map(({ resident }) => resident);
  // Of the last few, since a collection may be due.
  return { first, last: Math.min(...all.slice(-5)), peak: Math.max(...all) };
}
