import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { startStubIssuer } from "../test/support/stub-issuer.ts";
import type { Work } from "./verifier-loop.ts";

const sliceMs = 250;
/** So that a round is five seconds of each, and pays for at least one more copy of the feed. */
const slicesOfRound = 20;
const warmUpSlices = 12;
/** As long as Gatehouse hands out the same feed. */
const renewMs = 10_000;
const tokenCount = 200;
const leastRatio = 0.95;

const pairs = { "without, once more": "again", "feed of 100": "few", "feed of 50,000": "many" };

type Compared = { plain: Work; other: Work };

const nothing: Work = { done: 0, wall: 0, cpu: 0 };

/**
 * What `examples/hono.ts` gets done with the feed and without, in one process, in turn: the ratio of the medians
 * over rounds.
 */
export async function benchVerifier(rounds: number): Promise<boolean> {
  const [few, many] = [await startIssuer(100), await startIssuer(50_000)];
  const env = { PATH: process.env.PATH, FEW: few.stub.url, MANY: many.stub.url };
  const child = fork("bench/verifier-loop.ts", { env });
  const ended = new Promise<never>((_, failed) => {
    child.once("exit", () => failed(new Error("the verifier has ended")));
  });
  const answer = async () => (await Promise.race([once(child, "message"), ended]))[0];
  const measure = async (name: string): Promise<Work> => {
    const { tokens } = name === "many" ? many : few;
    child.send({ name, tokens, ms: sliceMs });
    return answer();
  };
  try {
    await answer(); // that it is ready
    for (const name of ["without", ...Object.values(pairs)]) {
      for (let slice = 0; slice < warmUpSlices; slice++) await measure(name);
    }
    console.log(`\nMedians of ${rounds} rounds of 5 s each, requests with and without\n`);
    let isGood = true;
    for (const [title, name] of Object.entries(pairs)) {
      const compared: Compared[] = [];
      for (let round = 0; round < rounds; round++) compared.push(await compare(measure, name));
      const ratio = report(title, compared);
      isGood &&= name === "again" || ratio >= leastRatio;
    }
    return isGood;
  } finally {
    child.kill();
    await Promise.all([few.stop(), many.stop()]);
  }
}

/** One round: five seconds of each, a quarter of a second in turn, so that what else the machine does meets both. */
async function compare(measure: (name: string) => Promise<Work>, name: string): Promise<Compared> {
  const compared: Compared = { plain: nothing, other: nothing };
  for (let slice = 0; slice < slicesOfRound; slice++) {
    // Each goes first by turns: what comes second was seen to be slower, even when it is the same.
    const order = slice % 2 === 0 ? (["plain", "other"] as const) : (["other", "plain"] as const);
    for (const which of order) {
      compared[which] = sum(compared[which], await measure(which === "plain" ? "without" : name));
    }
  }
  return compared;
}

async function startIssuer(count: number) {
  const stub = await startStubIssuer();
  const prefixes = Array.from({ length: count }, () => randomBytes(8)).sort(Buffer.compare);
  const entries = Buffer.concat(prefixes).toString("base64url");
  const publish = async () => {
    stub.says.feed = { body: await stub.feed({ count, entries }) };
  };
  await publish();
  const timer = setInterval(() => void publish(), renewMs);
  const stop = () => {
    clearInterval(timer);
    return stub.close();
  };
  const tokens = await Promise.all(Array.from({ length: tokenCount }, () => stub.token()));
  return { stub, tokens, stop };
}

const sum = (a: Work, b: Work): Work => ({
  done: a.done + b.done,
  wall: a.wall + b.wall,
  cpu: a.cpu + b.cpu,
});

/** Says it by the clock and by CPU time, and gives the latter: a busy machine gives one round more than another. */
function report(title: string, compared: readonly Compared[]): number {
  const median = (which: keyof Compared, per: "wall" | "cpu") =>
    compared.map(({ [which]: work }) => work.done / work[per]).sort((a, b) => a - b)[compared.length >> 1] ??
    0;
  const text = (per: "wall" | "cpu") => {
    const [other, plain] = [median("other", per), median("plain", per)];
    return `${other.toFixed(0).padStart(6)} : ${plain.toFixed(0)} = ${(other / plain).toFixed(3)}`;
  };
  console.log(`${title.padEnd(20)} a second ${text("wall")}, a second of CPU ${text("cpu")}`);
  return median("other", "cpu") / median("plain", "cpu");
}
