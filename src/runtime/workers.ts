import { waitUntil } from "cloudflare:workers";
import type { IncomingRequestCfProperties } from "@cloudflare/workers-types";
import { logToConsole } from "../adapters/log-console.ts";
import type { EmailBinding } from "../adapters/mailer-cloudflare.ts";
import { workerSmtpMailer } from "../adapters/mailer-worker-smtp.ts";
import { connectNeonHttp } from "../adapters/neon-http.ts";
import { createApp } from "../app.ts";
import { parseConfig } from "../config.ts";
import type { Edge } from "../http/environment.ts";
import { fixedHeaders, transportHeader } from "../http/security-headers.ts";
import { maintainInTurn } from "../maintenance/maintain.ts";
import type { Deps } from "../ports.ts";
import { problems } from "../problems.ts";
import { assembleDeps } from "./assemble.ts";
import { chooseMailer } from "./choose-mailer.ts";

/** Hashing blocks the isolate here, so more at a time would only make all of them late. */
const hashesAtATime = 2;

type Service = { app: ReturnType<typeof createApp>; deps: Deps };

let service: Promise<Service> | undefined;

async function boot(env: Record<string, unknown>): Promise<Service> {
  const config = parseConfig(env);
  const cloudflare = env.EMAIL as EmailBinding | undefined;
  const mailer = chooseMailer(config.mail, { smtp: workerSmtpMailer, cloudflare });
  if (!config.mail) logToConsole("mail.off", { runtime: "workers" });
  const db = connectNeonHttp(config.databaseUrl, config.neonHttpEndpoint);
  const ports = {
    db,
    log: logToConsole,
    mailer,
    background: (work: () => Promise<unknown>) => waitUntil(work()),
    runtime: "workers",
    cores: hashesAtATime,
  } as const;
  const deps = await assembleDeps(config, ports);
  return { app: createApp(deps), deps };
}

export default {
  async fetch(request: Request & { cf?: IncomingRequestCfProperties }, env: Record<string, unknown>) {
    try {
      service ??= boot(env);
      const { app } = await service;
      return await app.fetch(request, edgeOf(request, env));
    } catch (error) {
      // Nothing is served on a bad configuration; what is wrong is for the operator's log alone.
      service = undefined;
      logToConsole("server.not_started", { message: error instanceof Error ? error.message : "" });
      return notStarted();
    }
  },

  /** The cron trigger of wrangler.toml. */
  async scheduled(_: unknown, env: Record<string, unknown>) {
    service ??= boot(env);
    await maintainInTurn((await service).deps);
  },
};

/** Cloudflare sets CF-Connecting-IP itself; in local development nothing may, and the peer is us. */
function edgeOf(request: Request & { cf?: IncomingRequestCfProperties }, env: Record<string, unknown>): Edge {
  const local = env.ENVIRONMENT === "development" || env.ENVIRONMENT === "test";
  const { city = null, country = null } = request.cf ?? {};
  return {
    remoteAddress: request.headers.get("cf-connecting-ip") ?? (local ? "127.0.0.1" : undefined),
    place: city || country ? { city, country } : null,
  };
}

/**
 * The one reply there is without a configuration, in the form of every other. By what it is reached is not known: over
 * http nobody heeds the header of https.
 */
function notStarted(): Response {
  const [status, detail] = problems.unavailable;
  const requestId = crypto.randomUUID();
  const document = {
    type: "about:blank",
    title: "unavailable",
    status,
    detail,
    code: "unavailable",
    request_id: requestId,
  };
  return new Response(JSON.stringify(document), {
    status,
    headers: {
      ...fixedHeaders,
      [transportHeader[0]]: transportHeader[1],
      "Cache-Control": "no-store",
      "Content-Type": "application/problem+json",
      "Retry-After": "30",
      "X-Request-Id": requestId,
    },
  });
}
