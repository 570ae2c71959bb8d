import { spawnSync } from "node:child_process";
import { copyAssets } from "./copy-assets.ts";
import { databaseUrl, fail } from "./environment.ts";
import { migrate } from "./migrations.ts";

// The schema first: a new Worker on an old schema would fail, an old Worker on a new schema does not.
const applied = await migrate(databaseUrl()).catch((error: Error) => fail(error.message));
console.log(applied.length ? `Applied ${applied.join(", ")}.` : "The schema is up to date.");
copyAssets();
const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).stdout.trim();
const args = [
  "node_modules/wrangler/wrangler-dist/cli.js",
  "deploy",
  "--minify",
  "--var",
  `COMMIT:${commit || "unknown"}`,
];
const { status } = spawnSync(process.execPath, [...args, ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(status ?? 1);
