import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { createAdmin } from "../src/admin/create-admin.ts";
import { parseConfig } from "../src/config.ts";
import { withDeps } from "./deps.ts";
import { fail, run, scriptEnvironment } from "./environment.ts";

const usage = "Usage: npm run admin:create -- --email you@example.com";

function readEmail(): string {
  try {
    const { values } = parseArgs({ options: { email: { type: "string" } } });
    return values.email ?? fail(usage);
  } catch {
    return fail(usage); // an option we do not know
  }
}

/** From the terminal without echo, or one line of standard input when that is no terminal. */
async function readPassword(): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) {
    for await (const line of createInterface({ input: stdin })) return line;
    return "";
  }
  stderr.write("Password for the new account: ");
  stdin.setRawMode(true);
  const typed: string[] = [];
  for await (const chunk of stdin) {
    for (const char of String(chunk)) {
      if (char === "\u0003") fail("\nStopped.");
      if (char === "\r" || char === "\n") {
        stdin.setRawMode(false);
        stderr.write("\n");
        return typed.join("");
      }
      if (char === "\u007f" || char === "\b") typed.pop();
      else typed.push(char);
    }
  }
  return typed.join("");
}

/** A refusal of ours in words; anything else as it is. */
function explain(error: Error & { extras?: { errors?: { pointer: string; detail: string }[] } }): never {
  const errors = error.extras?.errors;
  return fail(
    errors?.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`).join("; ") ?? error.message,
  );
}

await run(async () => {
  const email = readEmail();
  try {
    const config = parseConfig(scriptEnvironment());
    const made = await withDeps(config, (deps) => createAdmin(deps, email, readPassword));
    const { verified, ...printed } = made;
    console.log(JSON.stringify(printed));
    if (!verified) {
      console.error("Mind that this address is not verified: whoever signed up with it is an admin now.");
    }
  } catch (error) {
    explain(error as Error);
  } finally {
    process.stdin.destroy();
  }
});
