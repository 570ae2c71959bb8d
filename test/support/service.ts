import { afterAll, beforeAll } from "vitest";
import { type NeonServer, startNeonServer } from "../../scripts/neon-server.ts";
import { mailbox } from "../../src/adapters/mailer-mailbox.ts";
import { connectNeonHttp } from "../../src/adapters/neon-http.ts";
import { createApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config.ts";
import type { Deps } from "../../src/ports.ts";
import { assembleDeps } from "../../src/runtime/assemble.ts";
import { loadKeys } from "../../src/token/keys.ts";
import { type Client, createClient } from "./client.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { testEnvironment } from "./environment.ts";

export type LogLine = { event: string; fields: Record<string, unknown> };

export type Service = Client & {
  deps: Deps;
  database: TestDatabase;
  /** Statements that reached the Neon-protocol server so far. */
  statements: string[];
  logs: LogLine[];
  /** Moves the clock, in code and in SQL. */
  advance(seconds: number): void;
  /** Called with each statement before it is sent on; a test holds or fails it there. */
  onStatement: { current?: ((text: string) => void | Promise<void>) | undefined };
};

type Watcher = (text: string) => void | Promise<void>;

const nameOf = (url: string) => new URL(url).pathname;
const watchers = new Map<string, Watcher>();
let shared: Promise<NeonServer> | undefined;

/** The driver knows one endpoint a process, so the services of a test share it, told apart by database. */
async function shareNeonServer(url: string, watcher: Watcher) {
  watchers.set(nameOf(url), watcher);
  shared ??= startNeonServer({ onStatement: (text, from) => watchers.get(nameOf(from))?.(text) });
  const { endpoint } = await shared;
  const close = async () => {
    watchers.delete(nameOf(url));
    if (watchers.size > 0) return;
    const last = shared;
    shared = undefined;
    await (await last)?.close();
  };
  return { endpoint, close };
}

/**
 * The application in this process, on a real PostgreSQL through Neon's HTTP driver. `ports` replaces what
 * would leave this machine.
 */
export async function startService(
  overrides: Record<string, string> = {},
  ports: Partial<Deps> = {},
): Promise<Service & { close(): Promise<void> }> {
  const database = await createTestDatabase();
  const statements: string[] = [];
  const onStatement: Service["onStatement"] = {};
  const neon = await shareNeonServer(database.url, (text) => {
    statements.push(text);
    return onStatement.current?.(text);
  });
  const config = parseConfig(testEnvironment({ DATABASE_URL: database.url, ...overrides }));
  const logs: LogLine[] = [];
  const log = (event: string, fields: Record<string, unknown>) => void logs.push({ event, fields });
  const db = connectNeonHttp(config.databaseUrl, neon.endpoint);
  const assembled = await assembleDeps(config, {
    db,
    log,
    mailer: mailbox,
    background: () => undefined,
    runtime: "node",
    cores: 4,
  });
  const clock = {
    offsetSeconds: 0,
    now: () => new Date(Date.now() + clock.offsetSeconds * 1000),
  };
  const deps: Deps = { ...assembled, clock, ...ports };
  const app = createApp(deps);
  const client = createClient((request, ip) => app.fetch(request, { remoteAddress: ip }));
  return {
    ...client,
    deps,
    database,
    statements,
    logs,
    onStatement,
    advance: (seconds) => {
      clock.offsetSeconds += seconds;
    },
    close: async () => {
      await neon.close();
      await database.close();
    },
  };
}

/** Another process on the database and by the clock of `service`, in an environment of its own. */
export async function startBeside(
  service: Service,
  environment: Record<string, string>,
): Promise<Client & { deps: Deps }> {
  const config = parseConfig({ ...environment, DATABASE_URL: service.database.url });
  const deps: Deps = { ...service.deps, config, keys: await loadKeys(config) };
  const app = createApp(deps);
  return { ...createClient((request, ip) => app.fetch(request, { remoteAddress: ip })), deps };
}

/** One service for a test file. */
export function useService(overrides: Record<string, string> = {}, ports: Partial<Deps> = {}): Service {
  const holder = {} as { service: Awaited<ReturnType<typeof startService>> };
  beforeAll(async () => {
    holder.service = await startService(overrides, ports);
  });
  afterAll(() => holder.service.close());
  return new Proxy({} as Service, { get: (_, name) => Reflect.get(holder.service, name) });
}
