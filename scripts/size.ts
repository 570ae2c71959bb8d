import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { buildWorker } from "./build.ts";

/** The most a stage of the project may weigh, minified and gzipped. */
const limitKiB = 300;

buildWorker();
const bundle = readFileSync("dist/workers.js");
const kib = gzipSync(bundle, { level: 9 }).length / 1024;
console.log(
  `Worker bundle: ${kib.toFixed(1)} KiB gzip, ${(bundle.length / 1024).toFixed(0)} KiB minified (limit ${limitKiB} KiB gzip)`,
);
if (kib > limitKiB) process.exit(1);
