import { createTestHarness } from "wrangler";
import { testEnvironment } from "./environment.ts";

/** The Worker on real workerd, as `wrangler dev` would run it, offline. */
export async function startWorkerd(environment: Record<string, string>) {
  process.env.WRANGLER_SEND_METRICS = "false";
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
  const vars = testEnvironment(environment);
  const harness = createTestHarness({ workers: [{ configPath: "./wrangler.toml", vars }] });
  const { url } = await harness.listen();
  return {
    origin: url.origin,
    /** All it has logged so far, as one text. */
    logs: () => JSON.stringify(harness.getLogs()),
    stop: () => harness.close(),
  };
}
