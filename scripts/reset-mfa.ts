import { parseArgs } from "node:util";
import { parseConfig } from "../src/config.ts";
import { breakGlass } from "../src/mfa/break-glass.ts";
import { Problem } from "../src/problems.ts";
import { withDeps } from "./deps.ts";
import { fail, run, scriptEnvironment } from "./environment.ts";

const usage = "Usage: npm run users:reset-mfa -- --email you@example.com";

function readEmail(): string {
  try {
    const { values } = parseArgs({ options: { email: { type: "string" } } });
    return values.email ?? fail(usage);
  } catch {
    return fail(usage); // an option we do not know
  }
}

/** A refusal of ours in words; anything else as it is. */
function explain(error: unknown, email: string): never {
  if (!(error instanceof Problem)) throw error;
  if (error.code === "not_found") fail(`No account has the address ${email}.`);
  if (error.code === "conflict") fail("The account changed that very moment. Run this again.");
  return fail(error.code === "invalid_fields" ? `${email} is not an address.` : error.message);
}

await run(async () => {
  const email = readEmail();
  const config = parseConfig(scriptEnvironment());
  try {
    console.log(JSON.stringify(await withDeps(config, (deps) => breakGlass(deps, email))));
  } catch (error) {
    explain(error, email);
  }
});
