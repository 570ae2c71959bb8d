import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { buildNode } from "./build-node.ts";
import { copyAssets } from "./copy-assets.ts";

const metafile = "dist/bundle-meta.json";

export type Bundle = {
  /** Minified, and minified then gzipped, in bytes. */
  bytes: number;
  gzipped: number;
  /** Every source file that went in. */
  inputs: string[];
};

/** Builds the Worker into `dist/`, minified, without touching the network, and measures it. */
export function buildWorker(): Bundle {
  copyAssets();
  const cli = "node_modules/wrangler/wrangler-dist/cli.js";
  const args = [cli, "deploy", "--dry-run", "--minify", "--outdir", "dist", "--metafile", metafile];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };
  const built = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the Worker does not build:\n${built.stdout}${built.stderr}`);
  const bundle = readFileSync("dist/workers.js");
  const meta = JSON.parse(readFileSync(metafile, "utf8")) as { inputs: Record<string, unknown> };
  const gzipped = gzipSync(bundle, { level: 9 }).length;
  return { bytes: bundle.length, gzipped, inputs: Object.keys(meta.inputs) };
}

if (import.meta.main) {
  buildWorker();
  await buildNode();
}
