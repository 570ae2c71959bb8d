import { randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);
const options = { N: 2 ** 14, r: 8, p: 5, maxmem: 2 ** 26 };
const atOnce = Number(process.argv[2]);

/** Hashes for as long as it is told, so many at a time, and says how long each took. */
process.on("message", async (ms: number) => {
  const startedAt = performance.now();
  const latencies: number[] = [];
  const run = async () => {
    for (let begun = startedAt; begun - startedAt < ms; begun = performance.now()) {
      await derive("Correct-horse-7", randomBytes(16), 32, options);
      latencies.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, run));
  process.send?.({ latencies, seconds: (performance.now() - startedAt) / 1000 });
});
process.send?.("ready");
