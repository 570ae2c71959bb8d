import { spawnSync } from "node:child_process";
import { copyAssets } from "./copy-assets.ts";

/** Builds the Worker into `dist/`, minified, without touching the network. Prints nothing on success. */
export function buildWorker(): void {
  copyAssets();
  const args = [
    "node_modules/wrangler/wrangler-dist/cli.js",
    "deploy",
    "--dry-run",
    "--minify",
    "--outdir",
    "dist",
  ];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };
  const built = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the Worker does not build:\n${built.stdout}${built.stderr}`);
}

if (import.meta.main) buildWorker();
