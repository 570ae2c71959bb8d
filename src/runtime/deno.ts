import { staticFiles } from "../adapters/static-files.ts";
import { explain, noteCrash, start } from "./start.ts";

type Address = { readonly hostname: string; readonly port: number };

/** The few names of Deno we use; its own types clash with the others'. */
declare const Deno: {
  env: { toObject(): Record<string, string> };
  exit(code: number): never;
  addSignalListener(signal: string, listener: () => void): void;
  serve(
    options: { port: number; hostname: string; onListen: (address: Address) => void },
    handler: (request: Request, info: { remoteAddr: Address }) => Response | Promise<Response>,
  ): { shutdown(): Promise<void> };
};

async function main() {
  const { app, config, close, log } = await start(Deno.env.toObject(), {
    runtime: "deno",
    cores: navigator.hardwareConcurrency,
    onExit: (last) => {
      // An error that nobody catches before all is set up ends the process without an unload.
      for (const end of ["unload", "error", "unhandledrejection"]) addEventListener(end, last);
    },
  });
  const crash = (error: unknown) => {
    noteCrash(log, "deno", error);
    Deno.exit(1);
  };
  addEventListener("error", ({ error }) => crash(error));
  addEventListener("unhandledrejection", ({ reason }) => crash(reason));
  const assets = staticFiles(new URL("../../public/assets/", import.meta.url));
  const server = Deno.serve(
    {
      port: config.port,
      hostname: config.host,
      onListen: ({ hostname, port }) => log("server.listening", { runtime: "deno", address: hostname, port }),
    },
    (request, { remoteAddr }) => app.fetch(request, { remoteAddress: remoteAddr.hostname, assets }),
  );
  const stop = async () => {
    log("server.stopping", { runtime: "deno" });
    await server.shutdown();
    await close();
    Deno.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"]) Deno.addSignalListener(signal, () => void stop());
}

main().catch((error: unknown) => {
  console.error(explain(error));
  Deno.exit(1);
});
