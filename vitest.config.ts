import { defineConfig } from "vitest/config";
import { heavy } from "./test/support/heavy.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/global-setup.ts",
    pool: "forks",
    // The heavy run compares times, so nothing else runs beside what is measured.
    maxWorkers: heavy ? 1 : 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
