import { parseConfig } from "../src/config.ts";
import { type Reencryption, reencryptSecrets } from "../src/mfa/reencrypt-secrets.ts";
import { withDeps } from "./deps.ts";
import { fail, run, scriptEnvironment } from "./environment.ts";

const mostNamed = 10;

/** Redrawn in place on a terminal; elsewhere a line a second. */
function progressMeter() {
  const { stderr } = process;
  const started = performance.now();
  let shown = started;
  return (moved: number, isLast = false) => {
    const now = performance.now();
    if (!isLast && now - shown < (stderr.isTTY ? 100 : 1000)) return;
    shown = now;
    const rate = Math.round((moved * 1000) / Math.max(1, now - started));
    const text = `${moved} secrets moved, ${rate} a second`;
    stderr.write(stderr.isTTY ? `\r${text}\u001b[K${isLast ? "\n" : ""}` : `${text}\n`);
  };
}

/** Why secrets were left, and what to do about it; empty when none were. */
function explain({ left, unknown, unreadable }: Reencryption): string[] {
  const keys = Object.entries(unknown).map(([keyId, count]) => `${keyId} (${count})`);
  const foreign = Object.values(unknown).reduce((sum, count) => sum + count, 0);
  const others = left - foreign - unreadable.length;
  const users = unreadable.slice(0, mostNamed).join(", ") + (unreadable.length > mostNamed ? ", …" : "");
  return [
    ...(foreign > 0
      ? [
          `${foreign} secrets are sealed by keys that are not configured: ${keys.join(", ")}.`,
          "They are as they were. Put the key they need into DATA_ENCRYPTION_KEY_PREVIOUS and run this again.",
        ]
      : []),
    ...(unreadable.length > 0
      ? [
          `${unreadable.length} secrets are not opened by the key they name; their rows were altered. Users: ${users}.`,
          "They are as they were. Reset the second factors of these users.",
        ]
      : []),
    ...(others > 0
      ? [
          `${others} secrets were written meanwhile under another key.`,
          "Restart every process with this environment, and run this again.",
        ]
      : []),
  ];
}

await run(async () => {
  try {
    const meter = progressMeter();
    const result = await withDeps(parseConfig(scriptEnvironment()), (deps) => reencryptSecrets(deps, meter));
    meter(result.moved, true);
    console.log(JSON.stringify({ moved: result.moved, left: result.left }));
    const words = explain(result);
    if (words.length > 0) fail(words.join("\n"));
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "ConfigError") fail(message);
    if (name === "Unavailable")
      fail("The database does not answer. Run this again: it goes on where it was.");
    throw error;
  }
});
