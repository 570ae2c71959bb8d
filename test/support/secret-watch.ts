import type { TestDatabase } from "./database.ts";

type Send = (request: Request, ip: string) => Response | Promise<Response>;

const secretFields =
  /^(password|new_password|current_password|access_token|refresh_token|mfa_token|device_token|token|client_secret|client_assertion|key|secret|recovery_codes)$/;

/** Of a token the part that nobody can guess; what is shorter than that may occur by chance. */
function canaryOf(value: string): string | undefined {
  const tail = value.split(".").at(-1) ?? "";
  if (value.includes(".") && tail.length >= 16) return tail;
  // Keys of programs begin with what tells them apart, which is kept.
  return value.length >= 12 ? value.slice(-24) : undefined;
}

/**
 * Watches what goes between a client and a service: every secret that is sent or received, and every refusal. At the end it
 * says where else the secrets are.
 */
export function watchSecrets(send: Send) {
  const secrets = new Set<string>();
  const refusals: string[] = [];

  const note = (name: string, value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) note(name, each);
    else if (typeof value === "object" && value !== null) {
      for (const [inner, each] of Object.entries(value)) note(inner, each);
    } else if (typeof value === "string" && secretFields.test(name)) {
      const canary = canaryOf(value);
      if (canary) secrets.add(canary);
    }
  };
  const noteText = (text: string, type: string) => {
    try {
      note("", type.includes("json") ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text)));
    } catch {
      // a line of an import, or a body that is meant to be wrong
    }
  };

  return {
    send: (async (request, ip) => {
      noteText(await request.clone().text(), request.headers.get("content-type") ?? "");
      note("token", request.headers.get("authorization")?.replace(/^\w+ /, ""));
      const reply = await send(request, ip);
      const text = await reply.clone().text();
      noteText(text, reply.headers.get("content-type") ?? "");
      // What a second factor is shown with is handed out by a refusal.
      const { mfa_token: _, ...rest } = reply.status === 403 ? JSON.parse(text || "{}") : {};
      if (reply.status >= 400) {
        refusals.push(
          `${reply.status === 403 ? JSON.stringify(rest) : text} ${JSON.stringify([...reply.headers])}`,
        );
      }
      return reply;
    }) satisfies Send,
    count: () => secrets.size,
    /** The places that hold one, of logs, of all rows of the database, and of refusals; with its beginning. */
    found: async (logs: readonly string[], database: Pick<TestDatabase, "query">): Promise<string[]> => {
      const places = { logs: logs.join("\n"), rows: await dump(database), refusals: refusals.join("\n") };
      return Object.entries(places).flatMap(([place, text]) =>
        [...secrets].filter((secret) => text.includes(secret)).map((secret) => `${place}: ${secret}`),
      );
    },
  };
}

/** Every row of every table, as text. */
export async function dump({ query }: Pick<TestDatabase, "query">): Promise<string> {
  const tables = await query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'auth'",
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await query<{ row: string }>(`select t::text as row from auth.${name} t`);
    texts.push(...rows.map(({ row }) => row));
  }
  return texts.join("\n");
}
