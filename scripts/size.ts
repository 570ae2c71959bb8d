import { buildWorker } from "./build.ts";

/** The most the Worker may weigh, minified and gzipped. */
export const limitKiB = 440;

if (import.meta.main) {
  const { bytes, gzipped } = buildWorker();
  const kib = (count: number) => `${(count / 1024).toFixed(1)} KiB`;
  console.log(`Worker bundle: ${kib(gzipped)} gzip, ${kib(bytes)} minified (limit ${limitKiB} KiB gzip)`);
  if (gzipped > limitKiB * 1024) process.exitCode = 1;
}
