import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";

type Query = { query: string; params?: unknown[] };

/** Rows leave as PostgreSQL's own text; the driver at the other end parses them. */
const rawText = { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig;

export type NeonServer = { endpoint: string; port: number; close: () => Promise<void> };

/**
 * Speaks Neon's SQL-over-HTTP protocol in front of any PostgreSQL, for development and tests: a POST
 * of `{query, params}` with the connection string in a header, answered with rows of text.
 * `onStatement` sees each statement that arrives, before it is sent on.
 */
export async function startNeonServer(
  options: {
    port?: number;
    onStatement?: (text: string, connectionString: string) => void | Promise<void>;
  } = {},
): Promise<NeonServer> {
  const pools = new Map<string, pg.Pool>();
  const poolFor = (connectionString: string) => {
    let pool = pools.get(connectionString);
    if (!pool) {
      pool = new pg.Pool({
        connectionString,
        max: 24,
        connectionTimeoutMillis: 3000,
        idleTimeoutMillis: 5000,
      });
      pool.on("error", () => undefined); // the next statement finds out
      pools.set(connectionString, pool);
    }
    return pool;
  };

  const answer = async (request: IncomingMessage): Promise<[number, unknown]> => {
    const connectionString = request.headers["neon-connection-string"];
    if (request.method !== "POST" || typeof connectionString !== "string") {
      return [400, { message: "expected a POST with Neon-Connection-String" }];
    }
    const { query, params = [] } = JSON.parse(await read(request)) as Query;
    await options.onStatement?.(query, connectionString);
    try {
      const result = await poolFor(connectionString).query({
        text: query,
        values: params,
        rowMode: "array",
        types: rawText,
      });
      const { command, rowCount, rows } = result;
      const fields = result.fields.map(({ name, dataTypeID }) => ({ name, dataTypeID }));
      return [200, { command, rowCount, fields, rows, rowAsArray: true }];
    } catch (error) {
      const { message, severity } = error as pg.DatabaseError;
      return severity ? [400, { ...(error as pg.DatabaseError), message }] : [503, { message }];
    }
  };

  const server = createServer((request, response) => {
    void answer(request)
      .catch((error: Error): [number, unknown] => [500, { message: error.message }])
      .then(([status, body]) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed).listen(options.port ?? 0, "127.0.0.1", listening);
  });
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    await Promise.all([...pools.values()].map((pool) => pool.end()));
  };
  return { endpoint: `http://127.0.0.1:${port}/sql`, port, close };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
