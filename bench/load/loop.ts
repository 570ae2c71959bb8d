import { Client } from "undici";

/** One request, and the status it has to be answered with. */
export type Ask = {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
};

/** What one connection asks, one after the other; it is told each answer before it is asked for the next. */
export type Asker = { readonly next: () => Ask; readonly took?: (body: string) => void };

export type Connections = { readonly clients: readonly Client[]; close: () => Promise<void> };

/** What was answered in a stretch of time. `latencies` in ms, of what was answered as expected. */
export type Slice = {
  readonly seconds: number;
  readonly latencies: number[];
};

export function connect(origin: string, count: number): Connections {
  const clients = Array.from({ length: count }, () => new Client(origin, { pipelining: 1 }));
  return { clients, close: async () => void (await Promise.all(clients.map((client) => client.close()))) };
}

/**
 * A closed loop: each connection asks as soon as it is answered, for `ms`, once at least.
 * @throws Error for an answer of another status than `expected`.
 */
export async function drive(
  { clients }: Connections,
  askers: readonly Asker[],
  { ms, expected }: { ms: number; expected: number },
): Promise<Slice> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const run = async (client: Client, asker: Asker) => {
    do {
      const sentAt = performance.now();
      const { statusCode, body } = await client.request(asker.next());
      const text = await body.text();
      if (statusCode !== expected) {
        throw new Error(`answered ${statusCode} in place of ${expected}: ${text.slice(0, 500)}`);
      }
      latencies.push(performance.now() - sentAt);
      asker.took?.(text);
    } while (performance.now() - startedAt < ms);
  };
  await Promise.all(clients.map((client, index) => run(client, askers[index % askers.length] as Asker)));
  return { seconds: (performance.now() - startedAt) / 1000, latencies };
}
