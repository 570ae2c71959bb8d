import { spawnSync } from "node:child_process";
import { copyAssets } from "./copy-assets.ts";
import { databaseUrl, fail, run } from "./environment.ts";
import { migrate } from "./migrations.ts";

await run(async () => {
  // The schema first: a new Worker on an old schema would fail, an old Worker on a new schema does not.
  const applied = await migrate(databaseUrl()).catch((error: Error) => fail(error.message));
  console.log(applied.length ? `Applied ${applied.join(", ")}.` : "The schema is up to date.");
  copyAssets();
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).stdout.trim();
  const cli = "node_modules/wrangler/wrangler-dist/cli.js";
  const args = [
    cli,
    "deploy",
    "--minify",
    "--var",
    `COMMIT:${commit || "unknown"}`,
    ...process.argv.slice(2),
  ];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  process.exitCode = status ?? 1;
});
