import { availableParallelism } from "node:os";
import { type HttpBindings, serve } from "@hono/node-server";
import { staticFiles } from "../adapters/static-files.ts";
import { explain, noteCrash, start } from "./start.ts";

const graceMs = 8000;

async function main() {
  const { app, config, close, log } = await start(process.env, {
    runtime: "node",
    cores: availableParallelism(),
    onExit: (last) => process.once("exit", last),
  });
  for (const crash of ["uncaughtException", "unhandledRejection"]) {
    process.on(crash, (error: unknown) => {
      noteCrash(log, "node", error);
      process.exit(1);
    });
  }
  const assets = staticFiles(new URL("../../public/assets/", import.meta.url));
  const server = serve(
    {
      port: config.port,
      hostname: config.host,
      fetch: async (request, env) => {
        const { incoming } = env as HttpBindings;
        const edge = { remoteAddress: incoming.socket.remoteAddress, assets };
        const reply = await app.fetch(request, edge);
        // A refusal that comes before the body has: the client must not send its next request after it.
        if (reply.status >= 400 && !incoming.complete) reply.headers.set("Connection", "close");
        return reply;
      },
    },
    ({ address, port }) => log("server.listening", { runtime: "node", address, port }),
  );
  let isStopping = false;
  const stop = () => {
    if (isStopping) process.exit(1); // asked again: at once
    isStopping = true;
    log("server.stopping", { runtime: "node" });
    // Requests under way are finished; a client that holds its connection open is not waited for long.
    setTimeout(() => process.exit(0), graceMs).unref();
    server.close(() => void close());
    if ("closeIdleConnections" in server) server.closeIdleConnections();
  };
  // Of a terminal that is closed, SIGHUP: by itself it would end the process without the lines that wait to be written.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, stop);
}

main().catch((error: unknown) => {
  console.error(explain(error));
  process.exitCode = 1;
});
