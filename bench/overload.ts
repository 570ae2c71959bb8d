import { Pool } from "undici";
import { goodPassword } from "../test/support/client.ts";
import { connectClient, startBenchPostgres } from "./database.ts";
import { benchEnvironment, exercisesOf, prepareAccounts, startOnNode } from "./load/gatehouse.ts";
import { connect, drive } from "./load/loop.ts";
import { median, quantile } from "./load/measure.ts";
import { startRawHash } from "./load/raw-hash.ts";
import { reportPromises } from "./load/report.ts";
import { seedUpTo } from "./seed-users.ts";

const users = 10_000;
const accounts = 500;
const times = 10;
/** Between two requests of those who have signed in: they are there, and not what fills the machine. */
const pauseMs = 100;

type Tally = { good: number; refused: number[]; others: number };

/**
 * Ten times as many sign-ins as there can be hashes, at a steady pace that waits for no answer, while others read their
 * profile and refresh: how many get in, beside the rate of nothing but hashing, and how the rest and the others fare.
 */
export async function benchOverload({ quick }: { quick: boolean }): Promise<boolean> {
  const seconds = quick ? 8 : 30;
  const postgres = await startBenchPostgres();
  const url = await postgres.database("load");
  await seedUpTo(url, users);
  const server = await startOnNode("gatehouse-overload", benchEnvironment(url));
  const raw = await startRawHash("login");
  try {
    const prepared = await prepareAccounts(server.origin, url);
    const emails = await giveHash(url, prepared.admin.user.id);
    const { me, refresh } = await exercisesOf(server.origin, prepared);
    if (!me || !refresh) throw new Error("there is nothing to ask");
    const hashes = async () => {
      const { latencies, seconds: took } = await raw.run(seconds * 333);
      return latencies.length / took;
    };
    const rates = [await hashes()];
    const others = connect(server.origin, 1);
    const askOnce = async ({ askers: [asker], expected }: typeof me) =>
      (await drive(others, asker ? [asker] : [], { ms: 0, expected })).latencies;
    const tally: Tally = { good: 0, refused: [], others: 0 };
    const flood = startFlood(server.origin, emails, (rates[0] ?? 1) * times, tally);
    const latencies = { me: [] as number[], refresh: [] as number[] };
    const startedAt = performance.now();
    while (performance.now() - startedAt < seconds * 1000) {
      latencies.me.push(...(await askOnce(me)));
      latencies.refresh.push(...(await askOnce(refresh)));
      await new Promise((wake) => setTimeout(wake, pauseMs));
    }
    const took = (performance.now() - startedAt) / 1000;
    const good = tally.good / took;
    await flood.stop();
    rates.push(await hashes());
    await others.close();
    const rate = median(rates);
    console.log(
      `sign-ins offered ${(rate * times).toFixed(0)} a second, answered 200: ${good.toFixed(1)}; raw hashes ${rate.toFixed(1)}; ` +
        `refused with 503 or 429: ${tally.refused.length}, p50 ${median(tally.refused).toFixed(0)} ms, p99 ${quantile(tally.refused, 0.99).toFixed(0)} ms\n`,
    );
    return reportPromises([
      { what: "sign-ins that got in to raw hashes", value: good / rate, least: 0.8 },
      { what: "answers that were neither", value: tally.others, most: 0 },
      { what: "p99 of me meanwhile, ms", value: quantile(latencies.me, 0.99), most: 100 },
      { what: "p99 of refresh meanwhile, ms", value: quantile(latencies.refresh, 0.99), most: 100 },
    ]);
  } finally {
    await raw.close();
    await server.stop();
    await postgres.stop();
  }
}

/** Accounts with the password of one, to sign in to. */
async function giveHash(url: string, from: string): Promise<string[]> {
  const client = await connectClient(url);
  const { rows } = await client.query<{ email: string }>(
    `update auth.users u set password_hash = (select password_hash from auth.users where id = $1), email_verified = true
     where u.id in (select id from auth.users where status = 'active' and not has_totp and passkeys = 0 order by created_at limit $2)
     returning email`,
    [from, accounts],
  );
  await client.end();
  return rows.map(({ email }) => email);
}

/** Sends so many sign-ins a second, whatever becomes of them. */
function startFlood(origin: string, emails: readonly string[], rate: number, tally: Tally) {
  const pool = new Pool(origin, { connections: 256, pipelining: 1 });
  const startedAt = performance.now();
  let sent = 0;
  const signIn = async (email: string) => {
    const sentAt = performance.now();
    const { statusCode, body } = await pool.request({
      path: "/api/v1/auth/login",
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-forwarded-for": `10.9.${(sent >> 8) & 255}.${sent & 255}`,
      },
      body: JSON.stringify({ email, password: goodPassword }),
    });
    await body.dump();
    if (statusCode === 200) tally.good++;
    else if (statusCode === 503 || statusCode === 429) tally.refused.push(performance.now() - sentAt);
    else tally.others++;
  };
  const timer = setInterval(() => {
    for (const due = ((performance.now() - startedAt) / 1000) * rate; sent < due; sent++) {
      void signIn(emails[sent % emails.length] ?? "").catch(() => tally.others++);
    }
  }, 5);
  return {
    stop: async () => {
      clearInterval(timer);
      await new Promise((wake) => setTimeout(wake, 5000));
      await pool.destroy();
    },
  };
}
