import { mailbox } from "../src/adapters/mailer-mailbox.ts";
import { connectNodePostgres } from "../src/adapters/node-postgres.ts";
import { parseConfig } from "../src/config.ts";
import type { SessionId, UserId } from "../src/ids.ts";
import { sealCursor } from "../src/lib/cursor.ts";
import type { Deps } from "../src/ports.ts";
import { assembleDeps } from "../src/runtime/assemble.ts";
import { createClient, freshEmail } from "../test/support/client.ts";
import { testEnvironment } from "../test/support/environment.ts";
import { type Running, startProcess } from "../test/support/process.ts";
import type { BenchDatabase } from "./database.ts";

/** The service in a process of its own, an operator of it, and its ports in this process, with the same keys. */
export type Server = Awaited<ReturnType<typeof startServer>>;

const sortKeys: Record<string, string> = {
  created_at: "created_at",
  email: 'email_key collate "C"',
  name: `lower(coalesce(name, '')) collate "C"`,
  last_sign_in_at: "coalesce(last_sign_in_at, '-infinity')",
};

const lastRows = 15;

export async function startServer(database: BenchDatabase) {
  const environment = testEnvironment({ DATABASE_URL: database.url });
  const running: Running = await startProcess("start:node", environment);
  const client = createClient((request) => fetch(request), running.origin);
  const { access_token: token, user } = await client.signUp({ email: freshEmail() });
  await database.client.query("insert into auth.user_roles values ($1, 'admin')", [user.id]);
  const [session] = (
    await database.client.query("select id from auth.sessions where user_id = $1", [user.id])
  ).rows;
  const deps = await localDeps(environment, database.url);

  /** The cursor behind which the last rows of a list are, as the service itself would seal it there. */
  async function cursorBeforeEnd(sort: string, filter: object): Promise<string> {
    const backwards = sort.startsWith("-") ? "asc" : "desc";
    const key = sortKeys[sort.replace("-", "")];
    const { rows } = await database.client.query<{ key: string; id: string }>(
      `select (${key})::text as key, id from auth.users order by ${key} ${backwards}, id ${backwards} offset ${lastRows} limit 1`,
    );
    const scope = JSON.stringify(["users", user.id, sort, filter]);
    return sealCursor(deps.keys.cursor, scope, [rows[0]?.key ?? "", rows[0]?.id ?? ""]);
  }

  const stop = async () => {
    await running.stop();
    await database.client.query("delete from auth.users where id = $1", [user.id]);
  };
  return {
    origin: running.origin,
    pid: running.child.pid ?? 0,
    token,
    actor: { userId: user.id as UserId, sessionId: session.id as SessionId },
    deps,
    cursorBeforeEnd,
    stop,
  };
}

async function localDeps(environment: Record<string, string>, url: string): Promise<Deps> {
  const { db, close } = connectNodePostgres(url, () => undefined);
  await close(); // its users open their own
  return assembleDeps(parseConfig(environment), {
    db,
    log: () => undefined,
    mailer: mailbox,
    background: () => undefined,
    runtime: "node",
    cores: 1,
  });
}
