import { defineConfig } from "vitest/config";
import { BrowserLast } from "./test/support/browser-last.ts";
import { heavy } from "./test/support/heavy.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/global-setup.ts",
    pool: "forks",
    // The heavy run compares times, so nothing else runs beside what is measured.
    maxWorkers: heavy ? 1 : 2,
    // Most of a file's time was importing what the file before it had imported. No file may stand on what another
    // left: in the heavy run, and when run by itself, each has a process of its own.
    isolate: heavy,
    sequence: { sequencer: BrowserLast },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
