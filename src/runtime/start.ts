import { createGatheringLog } from "../adapters/log-console.ts";
import { nodemailerMailer } from "../adapters/mailer-nodemailer.ts";
import { createApp } from "../app.ts";
import { parseConfig } from "../config.ts";
import type { Database } from "../db/database.ts";
import { isSchemaCurrent } from "../db/schema-version.ts";
import { maintainInTurn } from "../maintenance/maintain.ts";
import { type Background, type Deps, type Log, Unavailable } from "../ports.ts";
import { assembleDeps } from "./assemble.ts";
import { chooseMailer } from "./choose-mailer.ts";
import { connect } from "./connect.ts";

const minuteMs = 60_000;

/**
 * What Node and Deno share at start: configuration, database, application.
 * @throws ConfigError, or an Error when the schema is older than the code.
 */
export async function start(
  environment: Record<string, unknown>,
  { runtime, cores, onExit }: { runtime: Deps["runtime"]; cores: number; onExit: (last: () => void) => void },
) {
  const config = parseConfig(environment);
  const mailer = chooseMailer(config.mail, { smtp: nodemailerMailer });
  const { log, flush } = createGatheringLog();
  onExit(flush);
  if (!config.mail) log("mail.off", { runtime });
  const { db, close } = connect(config, log);
  if (!(await isUpToDate(db, log))) {
    await close();
    throw new Error("The schema is older than the code: run npm run db:migrate.");
  }
  const tasks = trackTasks();
  const ports = { db, log, mailer, background: tasks.run, runtime, cores };
  const deps = await assembleDeps(config, ports);
  const timer = setInterval(() => tasks.run(() => maintainInTurn(deps)), minuteMs);
  const stop = async () => {
    clearInterval(timer);
    await tasks.settled();
    await close();
  };
  return { app: createApp(deps), config, close: stop, log };
}

/** A database that is down is no reason to stay down: it is waited for, request by request. */
async function isUpToDate(db: Database, log: Log): Promise<boolean> {
  try {
    return await isSchemaCurrent(db);
  } catch (error) {
    // 42P01, undefined_table: the database has never been migrated.
    if ((error as { code?: unknown }).code === "42P01") return false;
    if (!(error instanceof Unavailable)) throw error;
    log("database.unavailable_at_start", { message: error.message });
    return true;
  }
}

/** Work beside requests. A process that stops waits for what has begun. */
function trackTasks() {
  const running = new Set<Promise<unknown>>();
  const run: Background = (work) => {
    const task = work().finally(() => running.delete(task));
    running.add(task);
  };
  return { run, settled: () => Promise.allSettled(running) };
}

/**
 * Notes an error that nobody caught, which ends the process: what it left half done is not known. No message, which may
 * quote a value; where it was thrown, and by what name and code.
 */
export function noteCrash(log: Log, runtime: Deps["runtime"], error: unknown): void {
  const fields = error instanceof Error ? placeOf(error) : { name: typeof error };
  log("server.crashed", { runtime, ...fields });
}

function placeOf({ name, message, stack, code }: Error & { code?: unknown }) {
  // The stack begins with the message, whose own lines may look like frames.
  const text = typeof stack === "string" ? stack : "";
  const frames = text.slice(Math.max(text.indexOf(message), 0) + message.length);
  const at = frames.split("\n").flatMap((line) => /^ +at (.+)$/.exec(line)?.[1] ?? []);
  return { name, code: typeof code === "string" ? code : undefined, at };
}

/** Why a process cannot start, for a person to read. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
