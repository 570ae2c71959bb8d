import type { Hono } from "hono";

/** Requests that were answered, and seconds of wall clock and of CPU that they took. */
export type Work = { done: number; wall: number; cpu: number };

const atOnce = 16;
const { FEW = "", MANY = "" } = process.env;
const apps: Record<string, Hono> = {
  without: await load("without", FEW, "off"),
  again: await load("again", FEW, "off"),
  few: await load("few", FEW, "on"),
  many: await load("many", MANY, "on"),
};

/** The example once more, with what it keeps of its own. */
async function load(name: string, issuer: string, revocations: string): Promise<Hono> {
  Object.assign(process.env, { ISSUER: issuer, REVOCATIONS: revocations });
  return (await import(`../examples/hono.ts?${name}`)).app;
}

/** A child process of `verifier.ts`: an example is asked, without a network between, for as long as it is told. */
process.on("message", async ({ name, tokens, ms }: { name: string; tokens: string[]; ms: number }) => {
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  let done = 0;
  const ask = async (first: number) => {
    for (let turn = first; performance.now() - startedAt < ms; turn += atOnce) {
      const headers = { authorization: `Bearer ${tokens[turn % tokens.length]}` };
      const reply = await apps[name]?.request("/orders", { headers });
      if (reply?.status !== 200) throw new Error(`a good token was answered ${reply?.status}`);
      done++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, first) => ask(first)));
  const { user, system } = process.cpuUsage(cpuBefore);
  const work: Work = { done, wall: (performance.now() - startedAt) / 1000, cpu: (user + system) / 1e6 };
  process.send?.(work);
});
process.send?.("ready");
