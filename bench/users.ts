import { openSeeded } from "./seed-users.ts";
import { startServer } from "./service.ts";
import { benchExport, describeExport } from "./users-export.ts";
import { benchLists } from "./users-list.ts";

const fewUsers = 10_000;

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

/** Lists and export of so many users; whether they are as fast as promised. */
export async function benchUsers(count: number, rounds: number): Promise<boolean> {
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
