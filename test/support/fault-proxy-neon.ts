import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createTrigger, type FaultProxy, lateMs } from "./fault.ts";

/** In front of an endpoint that speaks Neon's SQL over HTTP, a statement a request. */
export async function startNeonFaultProxy(endpoint: string): Promise<FaultProxy> {
  const trigger = createTrigger();
  const timers = new Set<ReturnType<typeof setTimeout>>();

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const fault = trigger.next();
    if (fault === "cut before") return void request.socket.destroy();
    if (fault === "500") return void response.writeHead(500).end("<h1>Internal Server Error</h1>");
    if (fault === "late") {
      await new Promise<void>((wake) => timers.add(setTimeout(wake, lateMs)));
    }
    const headers = { "neon-connection-string": String(request.headers["neon-connection-string"]) };
    const reply = await fetch(endpoint, { method: "POST", body, headers });
    const answer = await reply.text();
    if (fault === "cut after") return void request.socket.destroy();
    response.writeHead(reply.status, { "content-type": "application/json" });
    response.end(fault === "cut short" ? answer.slice(0, answer.length / 2) : answer);
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const close = async () => {
    for (const timer of timers) clearTimeout(timer);
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return { port: (server.address() as AddressInfo).port, arm: trigger.arm, disarm: trigger.disarm, close };
}
