import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type HttpBindings, serve } from "@hono/node-server";
import { afterAll, beforeAll } from "vitest";
import { freePort } from "../../scripts/postgres.ts";
import { staticFiles } from "../../src/adapters/static-files.ts";
import { createApp } from "../../src/app.ts";
import { type Service, useService } from "./service.ts";

export type Site = { readonly service: Service; readonly origin: string };

/** The service behind a port of this machine, with its assets, for a browser to visit; its clock and its mail are at hand. */
export async function useSite(overrides: Record<string, string> = {}): Promise<Site> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const service = useService({ ISSUER: origin, THROTTLE: "off", ...overrides });
  let server: ReturnType<typeof serve>;
  beforeAll(async () => {
    const app = createApp(service.deps);
    const assets = staticFiles(new URL("../../public/assets/", import.meta.url));
    const fetch = (request: Request, env: unknown) =>
      app.fetch(request, { remoteAddress: (env as HttpBindings).incoming.socket.remoteAddress, assets });
    server = serve({ port, hostname: "localhost", fetch });
    if (!(server.address() as AddressInfo | null)) await once(server, "listening");
  });
  afterAll(() => new Promise<void>((done) => server.close(() => done())));
  return { service, origin };
}
