import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type StubIssuer, startStubIssuer } from "../test/support/stub-issuer.ts";
import type { Rates } from "./verifier-loop.ts";

/** As long as a copy of the feed is gone by, so that each round pays for one more. */
const roundMs = 5000;
/** As long as Gatehouse hands out the same feed. */
const renewMs = 10_000;
const tokenCount = 200;
const leastRatio = 0.95;

type Variant = { name: string; child: ChildProcess; tokens: string[]; rounds: Rates[] };

/**
 * Requests a second that `examples/hono.ts` answers in a process of its own: without the feed, with it, and without
 * once more, in turn, round after round.
 */
export async function benchVerifier(rounds: number): Promise<boolean> {
  const issuers = [await startIssuer(100), await startIssuer(50_000)] as const;
  const [few, many] = issuers;
  const variants = [
    await startVariant("without the feed", few.stub, "off"),
    await startVariant("feed of 100", few.stub, "on"),
    await startVariant("without, once more", few.stub, "off"),
    await startVariant("feed of 50,000", many.stub, "on"),
  ];
  try {
    for (const each of variants) await measure(each, 1000); // compiles, fetches keys and feed
    for (let round = 0; round < rounds; round++) {
      for (const each of variants) each.rounds.push(await measure(each, roundMs));
    }
  } finally {
    for (const { child } of variants) child.kill();
    for (const { stop } of issuers) await stop();
  }
  return report(variants, rounds);
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
  return { stub, stop };
}

async function startVariant(name: string, stub: StubIssuer, revocations: "on" | "off"): Promise<Variant> {
  const child = fork("bench/verifier-loop.ts", {
    env: { PATH: process.env.PATH, ISSUER: stub.url, REVOCATIONS: revocations },
  });
  const tokens = await Promise.all(Array.from({ length: tokenCount }, () => stub.token()));
  return { name, child, tokens, rounds: [] };
}

async function measure({ name, child, tokens }: Variant, ms: number): Promise<Rates> {
  child.send({ tokens, ms });
  const ended = once(child, "exit").then(() => {
    throw new Error(`the verifier ${name} has ended`);
  });
  const [rates] = (await Promise.race([once(child, "message"), ended])) as [Rates];
  return rates;
}

function report(variants: readonly Variant[], count: number): boolean {
  console.log(`\nMedians of ${count} rounds of ${roundMs / 1000} s each in turn, requests\n`);
  const base = medians(variants[0]?.rounds ?? []);
  let isGood = true;
  for (const { name, rounds } of variants) {
    const { ofWall, ofCpu } = medians(rounds);
    const [wallRatio, cpuRatio] = [ofWall / base.ofWall, ofCpu / base.ofCpu];
    // A busy machine gives one round more than another, but asks no more of a request.
    if (name.startsWith("feed")) isGood &&= cpuRatio >= leastRatio;
    const text = (rate: number, ratio: number) => `${rate.toFixed(0).padStart(6)} (${ratio.toFixed(3)})`;
    console.log(
      `${name.padEnd(20)} a second ${text(ofWall, wallRatio)}, a second of CPU ${text(ofCpu, cpuRatio)}`,
    );
  }
  return isGood;
}

function medians(rounds: readonly Rates[]): Rates {
  const median = (of: keyof Rates) =>
    rounds.map((each) => each[of]).sort((a, b) => a - b)[rounds.length >> 1] ?? 0;
  return { ofWall: median("ofWall"), ofCpu: median("ofCpu") };
}
