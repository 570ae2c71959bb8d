import { parseArgs } from "node:util";
import { fail, run } from "../scripts/environment.ts";
import { openSeeded } from "./seed-users.ts";
import { startServer } from "./service.ts";
import { benchExport, describeExport } from "./users-export.ts";
import { benchLists } from "./users-list.ts";
import { benchVerifier } from "./verifier.ts";

const usage = `Usage: npm run bench -- users [--count 1000000] [--rounds 20]
       npm run bench -- verifier [--rounds 7]

  users     lists, filters, searches and the export of that many users, which are made up and stored first
  verifier  what the revocation feed costs a service that verifies tokens by examples/hono.ts

The data of users are kept: in .gatehouse/bench, or in the empty database that BENCH_DATABASE_URL names.`;

const fewUsers = 10_000;

function readArguments() {
  try {
    const options = {
      count: { type: "string", default: "1000000" },
      rounds: { type: "string" },
    } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const part = positionals.join();
    if (part !== "users" && part !== "verifier") return fail(usage);
    const [count, rounds] = [Number(values.count), Number(values.rounds ?? (part === "users" ? 20 : 7))];
    if (!(count >= 1000) || !(rounds >= 1)) return fail(usage);
    return { part, count, rounds };
  } catch {
    return fail(usage); // an option we do not know
  }
}

/** On the database of `count` users, with a service of its own. */
async function withServer<T>(
  count: number,
  work: (
    ...on: [Awaited<ReturnType<typeof openSeeded>>, Awaited<ReturnType<typeof startServer>>]
  ) => Promise<T>,
): Promise<T> {
  const database = await openSeeded(count);
  try {
    const server = await startServer(database);
    return await work(database, server).finally(() => server.stop());
  } finally {
    await database.close();
  }
}

async function benchUsers(count: number, rounds: number): Promise<boolean> {
  const isFast = await withServer(count, async (database, server) => {
    const lists = await benchLists(database, server, { rounds });
    console.log(`\nExport: ${describeExport(await benchExport(server))}`);
    return lists;
  });
  if (!process.env.BENCH_DATABASE_URL && count > fewUsers) {
    const few = await withServer(fewUsers, (_, server) => benchExport(server));
    console.log(`Beside it: ${describeExport(few)}`);
  }
  return isFast;
}

await run(async () => {
  const { part, count, rounds } = readArguments();
  const isFast = part === "users" ? await benchUsers(count, rounds) : await benchVerifier(rounds);
  console.log(isFast ? "\nAll is as fast as promised." : "\nNot all is as fast as promised.");
  if (!isFast) process.exitCode = 1;
});
