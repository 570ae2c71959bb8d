import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { parseArgs } from "node:util";
import { mailbox } from "../src/adapters/mailer-mailbox.ts";
import { parseConfig } from "../src/config.ts";
import { type ImportReport, importUsers } from "../src/import/import-users.ts";
import { openImport } from "../src/import/open-import.ts";
import { previewImport } from "../src/import/preview-import.ts";
import type { Caller, Deps } from "../src/ports.ts";
import { assembleDeps } from "../src/runtime/assemble.ts";
import { connect } from "../src/runtime/connect.ts";
import { fail, run, scriptEnvironment } from "./environment.ts";

const usage = "Usage: npm run users:import -- users.ndjson [--dry-run] [--resume]";

/** Whoever sits at the terminal, as the audit log names them. */
const operator: Caller = {
  ip: "local",
  network: "local",
  userAgent: "users:import",
  place: null,
  requestId: "cli",
};

function readArguments() {
  try {
    const options = { "dry-run": { type: "boolean" }, resume: { type: "boolean" } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) return fail(usage);
    return { file, dryRun: values["dry-run"] ?? false, resume: values.resume ?? false };
  } catch {
    return fail(usage); // an option we do not know
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

type Counts = { accepted: number; skipped: number; refused_count: number };

/** Redrawn in place on a terminal; elsewhere a line a second. */
function progressMeter(resumed: boolean) {
  const started = performance.now();
  let shown = started;
  let before: number | undefined;
  return ({ accepted, skipped, refused_count }: Counts, isLast = false) => {
    const done = accepted + skipped + refused_count;
    const now = performance.now();
    before ??= resumed ? done : 0; // what an earlier run did is not this one's speed
    if (!isLast && now - shown < (process.stderr.isTTY ? 100 : 1000)) return;
    shown = now;
    const rate = Math.round(((done - before) * 1000) / Math.max(1, now - started));
    const text = `${accepted} accepted, ${skipped} skipped, ${refused_count} refused, ${rate} lines a second`;
    process.stderr.write(process.stderr.isTTY ? `\r${text}\u001b[K${isLast ? "\n" : ""}` : `${text}\n`);
  };
}

async function importFile(
  deps: Deps,
  { file, resume }: { file: string; resume: boolean },
): Promise<ImportReport> {
  const found = await openImport(deps, { sha256: await digestOf(file) });
  if (found.resumed && !resume) {
    fail(`An import of this file stopped after line ${found.lines}. Go on with --resume.`);
  }
  if (found.resumed) console.error(`Going on after line ${found.lines}.`);
  const meter = progressMeter(found.resumed);
  const chunks = createReadStream(file, { start: found.offset });
  const report = await importUsers(deps, operator, { run: found, chunks, onProgress: meter });
  meter({ refused_count: report.refused.length, ...report }, true);
  return report;
}

/** What went wrong, in words; a defect as it is. */
function explain(error: Error & { code?: unknown }): never {
  if (error.code === "ENOENT" || error.code === "EISDIR") return fail("There is no such file.");
  if (error.code === "conflict") return fail("Another process is importing this file.");
  if (error.name === "ConfigError") return fail(error.message);
  if (error.name === "Unavailable") return fail("The database does not answer. Go on later with --resume.");
  throw error;
}

async function main() {
  const { file, dryRun, resume } = readArguments();
  const log = () => undefined;
  const config = parseConfig(scriptEnvironment());
  const { db, close } = connect(config, log);
  const ports = { db, log, mailer: mailbox, background: () => undefined, runtime: "node", cores: 1 } as const;
  const deps = await assembleDeps(config, ports);
  const work = dryRun
    ? previewImport(deps, { chunks: createReadStream(file) })
    : importFile(deps, { file, resume });
  const report = await work.finally(close);
  console.log(JSON.stringify(report));
  if (report.refused.length > 0) process.exitCode = 1;
}

await run(() => main().catch(explain));
