import { parseArgs } from "node:util";
import type { SignatureAlgorithm } from "../src/config.ts";
import { fail, run } from "./environment.ts";
import { envLines, generateSecrets, signatureAlgorithms } from "./secrets.ts";

const usage = `Usage: npm run --silent keys:generate [-- --alg ${signatureAlgorithms.join("|")}]`;

function readAlgorithm(): SignatureAlgorithm {
  try {
    const { values } = parseArgs({ options: { alg: { type: "string", default: "ES256" } } });
    return signatureAlgorithms.find((alg) => alg === values.alg) ?? fail(usage);
  } catch {
    return fail(usage); // an option we do not know
  }
}

await run(async () => {
  process.stdout.write(envLines(await generateSecrets(readAlgorithm())));
});
