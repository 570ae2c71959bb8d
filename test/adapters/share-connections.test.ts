import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectNodePostgres } from "../../src/adapters/node-postgres.ts";
import { plannedForValues } from "../../src/db/database.ts";
import { Unavailable } from "../../src/ports.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let connected: ReturnType<typeof connectNodePostgres>;
const lost: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  connected = connectNodePostgres(database.url, (event) => void lost.push(event));
});

afterAll(async () => {
  await connected.close();
  await database.close();
});

const answer = async (number: number) => {
  const { rows } = await connected.db.execute<{ number: number; pid: number }>(
    sql`select ${number}::int as number, pg_backend_pid() as pid`,
  );
  return rows[0];
};

/** Runs `work` while `count` has to wait, and awaits what it leaves when that is over. */
async function whileLocked(work: (count: () => Promise<unknown>) => Promise<Promise<unknown>[]>) {
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  try {
    await holder.query("begin");
    await holder.query("lock table auth.roles in access exclusive mode");
    const left = await work(() => connected.db.execute(sql`select count(*) from auth.roles`));
    await holder.query("commit");
    await Promise.all(left);
  } finally {
    await holder.end();
  }
}

describe("statements over shared connections", () => {
  it("get their own answers, a thousand at once, over ten connections at most", async () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index);
    const answers = await Promise.all(numbers.map(answer));
    expect(answers.map((each) => each?.number)).toEqual(numbers);
    const pids = new Set(answers.map((each) => each?.pid));
    expect(pids.size).toBeGreaterThan(1);
    expect(pids.size).toBeLessThanOrEqual(10);
  });

  it("fail each for itself: one that is wrong leaves those behind it alone", async () => {
    const wrong = () =>
      connected.db.execute(sql`select 1 / ${0}::int`).then(
        () => "done",
        (error: { code?: string }) => error.code,
      );
    const all = await Promise.all(
      Array.from({ length: 60 }, async (_, index) =>
        index % 3 === 0 ? wrong() : (await answer(index))?.number,
      ),
    );
    expect(all).toEqual(all.map((_, index) => (index % 3 === 0 ? "22012" : index)));
  });

  it("go by other connections while eight wait for a lock", async () => {
    await whileLocked(async (count) => {
      let held = 8;
      const blocked = Array.from({ length: held }, async () => {
        await count().catch(() => undefined);
        held--;
      });
      await new Promise((wake) => setTimeout(wake, 5));
      await Promise.all(Array.from({ length: 50 }, (_, index) => answer(index)));
      expect(held).toBe(8);
      return blocked;
    });
  });

  it("go by another connection than one that may take long, from its start", async () => {
    await whileLocked(async () => {
      let isHeld = true;
      const search = sql`with ${plannedForValues} select count(*) from auth.roles`;
      const blocked = connected.db.execute(search).finally(() => {
        isHeld = false;
      });
      await Promise.all(Array.from({ length: 50 }, (_, index) => answer(index)));
      expect(isHeld).toBe(true);
      return [blocked];
    });
  });

  it("wait for a lock so long only that those behind are still answered", async () => {
    await whileLocked(async (count) => {
      const all = Array.from({ length: 20 }, (_, index) =>
        index < 4 ? count().catch((error: unknown) => error) : answer(index),
      );
      const outcomes = await Promise.all(all);
      expect(outcomes.slice(0, 4)).toEqual(Array(4).fill(expect.any(Unavailable)));
      expect(outcomes.slice(4)).toEqual(
        Array.from({ length: 16 }, (_, index) => expect.objectContaining({ number: 4 + index })),
      );
      return [];
    });
  });

  it("are refused at once where too many wait", async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 1500 }, (_, index) => answer(index)));
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThanOrEqual(1500 - 10 * 128);
    expect(refused.length).toBeLessThan(1500 - 9 * 128);
    for (const each of refused) expect(each).toMatchObject({ reason: expect.any(Unavailable) });
  });

  it("are unavailable on a connection that breaks, and the next are served by another", async () => {
    const outcomes = Array.from({ length: 40 }, () =>
      connected.db.execute(sql`select pg_sleep(0.2)`).then(
        () => "done",
        (error: unknown) => (error instanceof Unavailable ? "unavailable" : String(error)),
      ),
    );
    await new Promise((wake) => setTimeout(wake, 100));
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_sleep(0.2)%' and pid <> pg_backend_pid()",
    );
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["unavailable"]));
    const again = await Promise.all(Array.from({ length: 40 }, (_, index) => answer(index)));
    expect(again.map((each) => each?.number)).toEqual(Array.from({ length: 40 }, (_, index) => index));
  });

  it("leave no connection behind that is not closed", async () => {
    const own = connectNodePostgres(database.url, () => undefined);
    await Promise.all(Array.from({ length: 50 }, () => own.db.execute(sql`select 'left behind'`)));
    await own.close();
    await expect
      .poll(
        async () =>
          (
            await database.query(
              "select from pg_stat_activity where datname = current_database() and query like '%left behind%' and pid <> pg_backend_pid()",
            )
          ).length,
      )
      .toBe(0);
  });
});
