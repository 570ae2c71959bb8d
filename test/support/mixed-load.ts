import type { Account, Client, Reply } from "./client.ts";
import { freshEmail, goodPassword } from "./client.ts";
import { tally } from "./heavy.ts";

type Query = <Row extends Record<string, unknown>>(text: string, values?: unknown[]) => Promise<Row[]>;

type Pair = Pick<Account, "access_token" | "refresh_token">;

/** What was acknowledged of one account: the passwords it may have now, and the sessions that ended. */
type Known = { email: string; id: string; passwords: Set<string>; ended: Pair[] };

const sidOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { sid: string }).sid;

/**
 * People who sign up, refresh, change their password and sign out, `count` at a time, by turns over `clients`; and a book of all that
 * they were told has happened.
 */
export function createLoad(clients: readonly Client[], count: number) {
  const known: Known[] = [];
  const statuses: number[] = [];
  const odd: string[] = [];
  let isOver = false;
  let running: Promise<unknown> = Promise.resolve();
  let acknowledged = 0;

  /** Every reply is in time, and one that a client may get. */
  async function ask<T>(what: string, request: () => Promise<Reply<T>>): Promise<Reply<T> | undefined> {
    const startedAt = performance.now();
    const reply = await request().catch((error: unknown) => String(error));
    const tookMs = performance.now() - startedAt;
    if (typeof reply === "string") {
      odd.push(`${what}: ${reply}`);
      return undefined;
    }
    const { status, headers } = reply;
    statuses.push(status);
    const isTold = status < 500 || (status === 503 && Number(headers.get("retry-after")) > 0);
    if (!isTold) odd.push(`${what}: ${status} ${reply.text}`);
    if (tookMs > 5000) odd.push(`${what}: ${status} after ${tookMs.toFixed(0)} ms`);
    if (status === 503) await new Promise((wake) => setTimeout(wake, 30));
    else if (status < 300) acknowledged++;
    return reply;
  }

  /** One person, from the sign-up to the sign-out. */
  async function live({ call, refresh, logIn }: Client): Promise<void> {
    const email = freshEmail();
    const json = { email, password: goodPassword };
    const made = await ask("signup", () => call<Account>("POST", "auth/signup", { json }));
    if (made?.status !== 201) return;
    const own: Known = { email, id: made.body.user.id, passwords: new Set([goodPassword]), ended: [] };
    known.push(own);
    let tokens: Pair = made.body;
    for (let round = 0; round < 3; round++) {
      // A reply that was lost is asked for again, within the grace.
      let isRefreshed = false;
      for (let tries = 0; tries < 200 && !isRefreshed; tries++) {
        const reply = await ask("refresh", () => refresh(tokens.refresh_token));
        isRefreshed = reply?.status === 200;
        if (reply && isRefreshed) tokens = reply.body;
        else if (reply?.status !== 503) odd.push(`refresh: ${reply?.status} ${reply?.text}`);
      }
      if (!isRefreshed) odd.push("refresh: 200 times 503");
    }
    const next = `${goodPassword}-${email.slice(0, 6)}`;
    own.passwords.add(next); // until the reply says that it is that one alone, or still the other
    const change = { current_password: goodPassword, new_password: next };
    const changed = await ask("change", () =>
      call("POST", "users/me/password", { token: tokens.access_token, json: change }),
    );
    if (changed?.status === 204) own.passwords.delete(goodPassword);
    const { refresh_token } = tokens;
    const left = await ask("logout", () => call("POST", "auth/logout", { json: { refresh_token } }));
    if (left?.status === 204) own.ended.push(tokens);
    if (changed?.status !== 204) return;
    const back = await ask("login", () => logIn(email, next));
    if (back?.status !== 200 && back?.status !== 503) odd.push(`login: ${back?.status} ${back?.text}`);
  }

  return {
    start: async () => {
      running = Promise.all(
        Array.from({ length: count }, async (_, at) => {
          while (!isOver) await live(clients[at % clients.length] as Client);
        }),
      );
    },
    stop: async () => {
      isOver = true;
      await running;
    },
    counts: () => JSON.stringify(tally(statuses)),
    acknowledged: () => acknowledged,
    /** Replies that no client should get. */
    oddities: () => odd,
    /** What was acknowledged and is not so. */
    lost: async ({ query }: { query: Query }): Promise<string[]> => {
      const [{ call, logIn, refresh }] = clients as [Client];
      const found: string[] = [];
      const rows = await query<{ id: string }>("select id from auth.users where id = any($1)", [
        known.map(({ id }) => id),
      ]);
      const there = new Set(rows.map(({ id }) => id));
      for (const { id, email } of known) if (!there.has(id)) found.push(`${email} is gone`);
      const ended = known.flatMap((each) => each.ended);
      const live = await query<{ id: string }>(
        "select id from auth.sessions where id = any($1) and ended_at is null",
        [ended.map(({ refresh_token: token }) => sidOf(token))],
      );
      for (const { id } of live) found.push(`session ${id} is live after its logout`);
      // By the service itself, of the last of them: a hash each.
      for (const { email, passwords, ended: tokens } of known.slice(-200)) {
        let opens = false;
        for (const password of passwords) opens ||= (await logIn(email, password)).status === 200;
        if (!opens) found.push(`${email} has none of the passwords it was told it has`);
        if (passwords.size === 1 && !passwords.has(goodPassword) && (await logIn(email)).status !== 401)
          found.push(`${email} has the password that it changed`);
        for (const { access_token: token, refresh_token } of tokens) {
          if ((await refresh(refresh_token)).status !== 401)
            found.push(`${email} refreshes after its logout`);
          const { status } = await call("GET", "users/me", { token });
          if (status !== 401) found.push(`${email} is let in after its logout`);
        }
      }
      return found;
    },
  };
}
