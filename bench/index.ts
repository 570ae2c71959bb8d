import { parseArgs } from "node:util";
import { buildNode } from "../scripts/build-node.ts";
import { fail, run } from "../scripts/environment.ts";
import { benchFootprint } from "./footprint/index.ts";
import { benchGrowth } from "./growth.ts";
import { benchLoad } from "./load/index.ts";
import { benchOverload } from "./overload.ts";
import { benchUsers } from "./users.ts";
import { benchVerifier } from "./verifier.ts";

const usage = `Usage: npm run bench -- [load|footprint|growth|overload] [--quick]
       npm run bench -- users [--count 1000000] [--rounds 20]
       npm run bench -- verifier [--rounds 7]

  load      what we do in a second beside a bare app that does the same by hand, and beside better-auth
  footprint how large the Worker is, how long it takes to start, and the memory of the service on Node
  growth    what we take with 1,000 to 1,000,000 users, and with 10,000,000 sessions
  overload  ten times as many sign-ins as can be hashed
  users     lists, filters, searches and the export of that many users, which are made up and stored first
  verifier  what the revocation feed costs a service that verifies tokens by examples/hono.ts

The data are kept in .gatehouse/bench; those of users in the empty database that BENCH_DATABASE_URL names, if it is set.`;

type Options = { quick: boolean; count: number; rounds: number | undefined };

const parts: Record<string, (options: Options) => Promise<boolean>> = {
  load: benchLoad,
  growth: benchGrowth,
  footprint: benchFootprint,
  overload: benchOverload,
  users: ({ count, rounds = 20 }) => benchUsers(count, rounds),
  verifier: ({ rounds = 7 }) => benchVerifier(rounds),
};

function readArguments() {
  try {
    const options = {
      count: { type: "string", default: "1000000" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
    } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [name = "load", ...others] = positionals;
    const part = Object.hasOwn(parts, name) && others.length === 0 ? parts[name] : undefined;
    const count = Number(values.count);
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
    if (!part || !(count >= 1000) || !(rounds === undefined || rounds >= 1)) return fail(usage);
    return { part, options: { quick: values.quick, count, rounds } };
  } catch {
    return fail(usage); // an option we do not know
  }
}

await run(async () => {
  const { part, options } = readArguments();
  await buildNode();
  const isKept = await part(options);
  console.log(isKept ? "\nAll is as promised." : "\nNot all is as promised.");
  if (!isKept) process.exitCode = 1;
});
