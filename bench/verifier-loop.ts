import { app } from "../examples/hono.ts";

/** Requests a second, and for each second of CPU time, which other work on the machine changes little. */
export type Rates = { ofWall: number; ofCpu: number };

const atOnce = 16;

/** A child process of `verifier.ts`: the example, asked without a network between, for as long as it is told. */
process.on("message", async ({ tokens, ms }: { tokens: string[]; ms: number }) => {
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  let done = 0;
  const ask = async (first: number) => {
    for (let turn = first; performance.now() - startedAt < ms; turn += atOnce) {
      const headers = { authorization: `Bearer ${tokens[turn % tokens.length]}` };
      const { status } = await app.request("/orders", { headers });
      if (status !== 200) throw new Error(`a good token was answered ${status}`);
      done++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, first) => ask(first)));
  const { user, system } = process.cpuUsage(cpuBefore);
  const ofWall = (done * 1000) / (performance.now() - startedAt);
  process.send?.({ ofWall, ofCpu: (done * 1e6) / (user + system) } satisfies Rates);
});
