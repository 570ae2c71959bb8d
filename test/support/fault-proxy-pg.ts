import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createTrigger, type Fault, type FaultProxy, lateMs } from "./fault.ts";

/** `E` runs a prepared statement and `Q` a plain one; `Z` says that the one before it is over. */
const [execute, query, ready] = ["E", "Q", "Z"];

/** Hands on whole messages of PostgreSQL's protocol: a type, a length that counts itself, and what it holds. */
function createFramer(hasStart: boolean, onMessage: (type: string, message: Buffer) => void) {
  let waiting = Buffer.alloc(0);
  let isStart = hasStart;
  return (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (;;) {
      // The first that a client sends has no type.
      const head = isStart ? 0 : 1;
      if (waiting.length < head + 4) return;
      const length = head + waiting.readUInt32BE(head);
      if (waiting.length < length) return;
      const message = waiting.subarray(0, length);
      waiting = waiting.subarray(length);
      const type = isStart ? "" : String.fromCharCode(message[0] ?? 0);
      isStart = false;
      onMessage(type, message);
    }
  };
}

/** In front of a PostgreSQL, over its own protocol. */
export async function startPostgresFaultProxy(upstreamPort: number): Promise<FaultProxy> {
  const trigger = createTrigger();
  const sockets = new Set<Socket>();
  const timers = new Set<ReturnType<typeof setTimeout>>();

  const server = createServer((client) => {
    const upstream = connect(upstreamPort, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket)).on("error", () => undefined);
    }
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    client.once("close", cut);
    upstream.once("close", cut);

    let fault: Fault | undefined;
    let behind: Buffer[] | undefined; // what waits behind a statement that is late
    client.on(
      "data",
      createFramer(true, (type, message) => {
        const befalls = type === execute || type === query ? trigger.next() : undefined;
        if (befalls === "cut before") return cut();
        if (befalls === "late") {
          behind = [];
          const goOn = () => {
            for (const each of behind ?? []) upstream.write(each);
            behind = undefined;
          };
          timers.add(setTimeout(goOn, lateMs));
        }
        fault ??= befalls;
        if (behind) behind.push(message);
        else upstream.write(message);
      }),
    );
    upstream.on(
      "data",
      createFramer(false, (type, message) => {
        if (fault === "cut short" && type === "D") {
          client.write(message.subarray(0, message.length / 2), cut);
        } else if (fault === "cut after" || fault === "cut short") {
          if (type === ready) cut();
        } else client.write(message);
      }),
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const close = async () => {
    for (const timer of timers) clearTimeout(timer);
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  };
  return { port: (server.address() as AddressInfo).port, arm: trigger.arm, disarm: trigger.disarm, close };
}
