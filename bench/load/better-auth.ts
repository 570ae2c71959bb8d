import { freePort } from "../../scripts/postgres.ts";
import { connectClient } from "../database.ts";
import { startServerProcess } from "../processes.ts";
import type { Asker } from "./loop.ts";
import type { Exercise, Operation, Target } from "./target.ts";

const password = "Correct-horse-7";
let addresses = 0;
const freshEmail = () => `b${process.pid}-${Date.now()}-${addresses++}@example.com`;

/**
 * better-auth as its documentation has it on Hono with `pg`: sessions by cookie, the plug-ins `jwt` for tokens and
 * `admin` for the list, its defaults but for the hash, which is ours.
 * @param users how many it has besides those that ask.
 */
export async function startBetterAuth(
  databaseUrl: string,
  users: number,
  connections: number,
): Promise<Target> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const server = await startServerProcess("better-auth", ["bench/apps/better-auth.ts"], {
    origin,
    path: "/api/auth/ok",
    environment: { PORT: String(port), DATABASE_URL: databaseUrl, ORIGIN: origin, NODE_ENV: "production" },
  });
  const post = (path: string, body: object) =>
    fetch(`${origin}/api/auth${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin },
      body: JSON.stringify(body),
    });
  const accounts: { email: string; cookie: string }[] = [];
  for (let count = 0; count < connections; count++) {
    const email = freshEmail();
    const reply = await post("/sign-up/email", { email, password, name: "Ada" });
    if (!reply.ok) throw new Error(`better-auth answered ${reply.status}: ${await reply.text()}`);
    const cookie = reply.headers
      .getSetCookie()
      .map((each) => each.split(";", 1)[0])
      .join("; ");
    accounts.push({ email, cookie });
  }
  await fill(databaseUrl, users, accounts[0]?.email ?? "");
  const get = (path: string, cookie: string): Asker => {
    const ask = { method: "GET", path: `/api/auth${path}`, headers: { cookie } } as const;
    return { next: () => ask };
  };
  const posting = (path: string, bodyOf: () => object): Asker => ({
    next: () => ({
      method: "POST",
      path: `/api/auth${path}`,
      headers: { "content-type": "application/json", origin },
      body: JSON.stringify(bodyOf()),
    }),
  });
  const exercises: Partial<Record<Operation, Exercise>> = {
    me: { expected: 200, askers: accounts.map(({ cookie }) => get("/get-session", cookie)) },
    refresh: { expected: 200, askers: accounts.map(({ cookie }) => get("/token", cookie)) },
    list: {
      expected: 200,
      askers: [
        get("/admin/list-users?limit=20&sortBy=createdAt&sortDirection=desc", accounts[0]?.cookie ?? ""),
      ],
    },
    login: {
      expected: 200,
      askers: accounts.map(({ email }) => posting("/sign-in/email", () => ({ email, password }))),
    },
    signup: {
      expected: 200,
      askers: [posting("/sign-up/email", () => ({ email: freshEmail(), password, name: "Ada" }))],
    },
  };
  return { name: "better-auth", ...server, exercises };
}

async function fill(databaseUrl: string, users: number, admin: string): Promise<void> {
  const client = await connectClient(databaseUrl);
  await client.query(
    `insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
     select 'seed' || n, 'Seed ' || n, 'seed' || n || '@example.com', true, now() - n * interval '1 minute', now()
     from generate_series(1, $1::int) n on conflict do nothing`,
    [users],
  );
  await client.query(`update "user" set role = 'admin' where email = $1`, [admin]);
  await client.query("vacuum analyze");
  await client.end();
}
