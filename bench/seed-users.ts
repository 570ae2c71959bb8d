import { type BenchDatabase, connectClient, openDatabase } from "./database.ts";
import { queryOf, seedPeople } from "./people.ts";

/** A database with that many users, filled when it is not yet, and the URL to reach it by. */
export async function openSeeded(count: number): Promise<BenchDatabase> {
  const database = await openDatabase(`users_${count}`);
  try {
    await seedUpTo(database.url, count);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/**
 * Fills a database of ours with so many users, when it is empty.
 * @throws Error when it has some, but fewer.
 */
export async function seedUpTo(url: string, count: number): Promise<void> {
  const client = await connectClient(url);
  try {
    const { rows } = await client.query<{ n: number }>("select count(*)::int as n from auth.users");
    const found = rows[0]?.n ?? 0;
    if (found >= count) return;
    if (found > 0) {
      throw new Error(
        `There are ${found} users already: an empty database is filled, or one that is full used.`,
      );
    }
    const startedAt = performance.now();
    await seedPeople(queryOf(client), count, (done) => {
      const rate = Math.round(done / ((performance.now() - startedAt) / 1000));
      if (done % 100_000 === 0 || done === count) console.log(`${done} of ${count} users, ${rate} a second`);
    });
    console.log(`seeded and analysed in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  } finally {
    await client.end();
  }
}
