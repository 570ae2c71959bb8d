import { parseArgs } from "node:util";
import { systemClock } from "../src/adapters/system.ts";
import { type Verification, verifyLog } from "../src/audit/verify-log.ts";
import { variables } from "../src/config-variables.ts";
import { connect } from "../src/runtime/connect.ts";
import { auditSealKey } from "../src/token/keys.ts";
import { databaseUrl, fail, run, scriptEnvironment } from "./environment.ts";

const usage = "Usage: npm run audit:verify -- [--public-key=KEY]... [--seal=HASH]";

type Arguments = { publicKeys: string[]; seal: string | undefined };

/** Keys and hashes are base64url on the outside, as they are printed. */
const toHex = (text: string) => Buffer.from(text, "base64url").toString("hex");
const toBase64url = (hex: string) => Buffer.from(hex, "hex").toString("base64url");
const is32Bytes = (text: string) => /^[A-Za-z0-9_-]{43}$/.test(text);

function readArguments(): Arguments {
  try {
    const options = { "public-key": { type: "string", multiple: true }, seal: { type: "string" } } as const;
    const { "public-key": publicKeys = [], seal } = parseArgs({ options }).values;
    if (![...publicKeys, ...(seal === undefined ? [] : [seal])].every(is32Bytes)) return fail(usage);
    return { publicKeys: publicKeys.map(toHex), seal: seal && toHex(seal) };
  } catch {
    return fail(usage); // an option we do not know
  }
}

/** The keys of the service's own environment, where it is at hand. Another machine has the public key alone. */
async function ownKeys(): Promise<string[]> {
  const { DATA_ENCRYPTION_KEY, DATA_ENCRYPTION_KEY_PREVIOUS } = scriptEnvironment();
  const roots = [DATA_ENCRYPTION_KEY, DATA_ENCRYPTION_KEY_PREVIOUS].flatMap((root) => root || []);
  const keys = roots.map((root) => auditSealKey(new Uint8Array(Buffer.from(root, "base64"))));
  return (await Promise.all(keys)).map(({ publicKey }) => Buffer.from(publicKey).toString("hex"));
}

/** Redrawn in place on a terminal; elsewhere a line a second. */
function progressMeter() {
  const { stderr } = process;
  const started = performance.now();
  let shown = started;
  return (events: number, isLast = false) => {
    const now = performance.now();
    if (!isLast && now - shown < (stderr.isTTY ? 100 : 1000)) return;
    shown = now;
    const rate = Math.round((events * 1000) / Math.max(1, now - started));
    const text = `${events} events read, ${rate} a second`;
    stderr.write(stderr.isTTY ? `\r${text}\u001b[K${isLast ? "\n" : ""}` : `${text}\n`);
  };
}

/** What is wrong, in words; undefined when nothing is. */
function explain({ finding, found }: Verification): string | undefined {
  if (finding) {
    const { window, from, to, what } = finding;
    return `Window ${window}, after ${from ?? "the beginning"} up to ${to ?? "its end"}: ${what}.`;
  }
  return found ? undefined : "The seal that was asked for is not in the chain: it was cut or written anew.";
}

async function main(): Promise<void> {
  const { publicKeys, seal } = readArguments();
  const own = await ownKeys();
  if (own.length + publicKeys.length === 0) fail(`There is no key to verify by.\n${usage}`);
  const { AUDIT_RETENTION_DAYS, CLOCK_OFFSET_SECONDS, NEON_HTTP_ENDPOINT } = process.env;
  const connection = { databaseUrl: databaseUrl(), neonHttpEndpoint: NEON_HTTP_ENDPOINT || undefined };
  const { db, close } = connect(connection, () => undefined);
  const meter = progressMeter();
  let read = 0;
  const result = await verifyLog(
    { db, clock: systemClock(Number(CLOCK_OFFSET_SECONDS || 0)) },
    {
      publicKeys: [...own, ...publicKeys],
      seal,
      retentionDays: variables.shape.AUDIT_RETENTION_DAYS.parse(AUDIT_RETENTION_DAYS || undefined),
      onProgress: (events) => {
        read = events;
        meter(events);
      },
    },
  ).finally(close);
  meter(read, true);
  const { windows, events, gone, late, unsealed, last, finding } = result;
  const publicKey = last?.publicKey ?? own[0] ?? null;
  console.log(
    JSON.stringify({
      windows,
      events,
      gone,
      late,
      unsealed,
      public_key: publicKey && toBase64url(publicKey),
      last_seal: last && { number: last.number, hash: toBase64url(last.hash) },
      ...(finding && { finding }),
    }),
  );
  if (late > 0) {
    console.error(
      `${late} windows were sealed over an hour late: was the service down, or the chain begun anew?`,
    );
  }
  if (seal === undefined) {
    console.error("Without --seal this does not find a chain that was cut or written anew as a whole.");
  }
  const words = explain(result);
  if (words) fail(words);
}

await run(() =>
  main().catch((error: Error) => {
    if (error.name === "Unavailable") fail("The database does not answer.");
    throw error;
  }),
);
