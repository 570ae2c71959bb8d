import { randomBytes } from "node:crypto";
import { connectClient, startBenchPostgres } from "../database.ts";
import { seedUpTo } from "../seed-users.ts";
import { startBetterAuth } from "./better-auth.ts";
import { startFloor } from "./floor.ts";
import {
  benchEnvironment,
  exercisesOf,
  hashConnections,
  manyConnections,
  prepareAccounts,
  startOnNode,
  startOnWorkerd,
} from "./gatehouse.ts";
import { contenderOf, measure, median, type Plan } from "./measure.ts";
import { startNeonHost } from "./neon.ts";
import { startRawHash } from "./raw-hash.ts";
import { type Promised, reportHead, reportOperation, reportPromises } from "./report.ts";
import { type Operation, operations, type Target } from "./target.ts";

const users = 10_000;
const hashed: ReadonlySet<Operation> = new Set(["login", "signup"]);

/** How often and how long. A hash takes so long that a second is no measure. */
function planOf(operation: Operation, quick: boolean): Plan {
  const isHashed = hashed.has(operation);
  return {
    rounds: quick ? 2 : 5,
    sliceMs: isHashed ? (quick ? 1500 : 5000) : quick ? 600 : 2000,
    warmUpMs: isHashed ? (quick ? 300 : 1000) : quick ? 800 : 4000,
    connections: isHashed ? hashConnections : manyConnections,
  };
}

/** What a bare app and a peer do, and we, in turn; whether we are as fast as promised beside them. */
export async function benchLoad({ quick }: { quick: boolean }): Promise<boolean> {
  const postgres = await startBenchPostgres();
  const stops: (() => Promise<unknown>)[] = [postgres.stop];
  try {
    const url = await postgres.database("load");
    const client = await connectClient(new URL("/postgres", url).href);
    stops.unshift(() => client.end());
    await seedUpTo(url, users);
    const neon = await startNeonHost();
    stops.unshift(neon.stop);
    const environment = benchEnvironment(url);
    const overHttp = { ...environment, NEON_HTTP_ENDPOINT: neon.endpoint };
    const started = [
      { name: "Gatehouse, Node, pg", ...(await startOnNode("gatehouse-pg", environment)) },
      { name: "Gatehouse, workerd, Neon", ...(await startOnWorkerd(overHttp)) },
    ];
    if (!quick) {
      const secret = {
        JWT_ALGORITHM: "HS256",
        ACCESS_TOKEN_SECRET_KEY: randomBytes(32).toString("base64url"),
      };
      started.push(
        { name: "Gatehouse, Node, Neon", ...(await startOnNode("gatehouse-neon", overHttp)) },
        {
          name: "Gatehouse, Node, pg, HS256",
          ...(await startOnNode("gatehouse-hs256", { ...environment, ...secret })),
        },
      );
    }
    stops.unshift(...started.map(({ stop }) => stop));
    const [first] = started as [(typeof started)[number]];
    const prepared = await prepareAccounts(first.origin, url);
    const own: Target[] = [];
    for (const each of started) own.push({ ...each, exercises: await exercisesOf(each.origin, prepared) });
    const floor = await startFloor(environment, prepared, await exercisesOf(first.origin, prepared));
    stops.unshift(floor.stop);
    const peer = await startBetterAuth(
      await postgres.database("better_auth", "of others"),
      users,
      manyConnections,
    );
    stops.unshift(peer.stop);
    const [ours, ...others] = own as [Target, ...Target[]];
    const rates = new Map<string, number>();
    console.log(`${quick ? 2 : 5} rounds, ${users} users\n`);
    reportHead();
    for (const operation of operations) {
      const plan = planOf(operation, quick);
      // Where a hash is nearly all there is, the ways to the database make no difference.
      const further = hashed.has(operation) ? others.slice(0, 1) : others;
      const contenders = [ours, floor, peer, ...further].flatMap((target) =>
        contenderOf(target, operation, plan.connections),
      );
      if (operation === "login" || operation === "signup") contenders.push(await startRawHash(operation));
      const measured = await measure(contenders, { pid: postgres.pid, client }, plan);
      reportOperation(operation, measured);
      for (const { name, rates: each } of measured) rates.set(`${operation} ${name}`, median(each));
    }
    console.log();
    return reportPromises(promisesOf(rates, ours.name));
  } finally {
    for (const stop of stops) await stop().catch(() => undefined);
  }
}

function promisesOf(rates: ReadonlyMap<string, number>, ours: string): Promised[] {
  const ratio = (operation: Operation, other: string) =>
    (rates.get(`${operation} ${ours}`) ?? 0) / (rates.get(`${operation} ${other}`) ?? Number.NaN);
  const cheap = ["me", "refresh", "list"] as const;
  return [
    ...cheap.map((operation) => ({
      what: `${operation} to the floor`,
      value: ratio(operation, "floor"),
      least: 0.8,
    })),
    ...(["login", "signup"] as const).map((operation) => ({
      what: `${operation} to raw scrypt`,
      value: ratio(operation, "raw scrypt"),
      least: 0.95,
    })),
    ...cheap.map((operation) => ({
      what: `${operation} to better-auth`,
      value: ratio(operation, "better-auth"),
      least: 5,
    })),
  ];
}
