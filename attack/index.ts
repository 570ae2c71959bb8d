import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { fail, run } from "../scripts/environment.ts";
import { createClient } from "../test/support/client.ts";
import { attacks } from "./cases/index.ts";
import { requireConsent } from "./consent.ts";
import { createPlayer, type Player, readPlayers } from "./player.ts";
import { jsonOf, lineOf, sarifOf, summaryOf } from "./report.ts";
import { runAttacks } from "./run.ts";

const usage = `Usage: npm run attack -- https://auth.example.com [--only group/name,group] [--json file] [--sarif file]

Attacks a service that agreed to it, and ends with 1 when an attack succeeded or could not be carried out.

  ATTACK_TARGET_TOKEN  the token that the service was started with
  ATTACK_ACCOUNTS      two throwaway accounts: "a@example.com:password b@example.com:password"; unset, two are signed up
  ATTACK_MAIL_SINK     a URL that answers ?to= with the mails of an address, as /dev/mail does; unset, what needs mail is skipped
  ATTACK_ADMIN_TOKEN   the access token of an operator, fresh; unset, what needs one is skipped`;

type Client = ReturnType<typeof createClient>;

function readArguments() {
  try {
    const options = {
      only: { type: "string" },
      json: { type: "string" },
      sarif: { type: "string" },
    } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [target = "", ...others] = positionals;
    if (!URL.canParse(target) || others.length > 0) return fail(usage);
    const wanted = values.only?.split(",") ?? [];
    const chosen = attacks.filter(
      ({ id }) => wanted.length === 0 || wanted.some((each) => id === each || id.startsWith(`${each}/`)),
    );
    if (chosen.length === 0) return fail(`No attack is called ${values.only}.`);
    return { origin: new URL(target).origin, chosen, ...values };
  } catch {
    return fail(usage); // an option we do not know
  }
}

async function playersOf(client: Client): Promise<[Player, Player]> {
  const given = process.env.ATTACK_ACCOUNTS;
  if (given)
    return (
      readPlayers(client, given) ??
      fail("ATTACK_ACCOUNTS: two addresses, each with its password behind a colon")
    );
  const fresh = async () => {
    const { email, password } = await client.signUp({
      email: `attack-${randomBytes(6).toString("hex")}@example.com`,
    });
    return createPlayer(client, email, password);
  };
  return [await fresh(), await fresh()];
}

await run(async () => {
  const { origin, chosen, json, sarif } = readArguments();
  const token = process.env.ATTACK_TARGET_TOKEN || fail("ATTACK_TARGET_TOKEN is not set.");
  await requireConsent(origin, token);
  // From one address, as an attacker's is: whatever the requests claim.
  const client = createClient((request) => fetch(request), origin);
  const { issuer } = (await client.call<{ issuer: string }>("GET", "/.well-known/oauth-authorization-server"))
    .body;
  const { runtime } = (await client.call<{ runtime: string }>("GET", "/version")).body;
  const target = {
    client,
    origin,
    issuer,
    runtime,
    players: await playersOf(client),
    admin: process.env.ATTACK_ADMIN_TOKEN,
    mailSink: process.env.ATTACK_MAIL_SINK,
  };
  const isTerminal = process.stdout.isTTY;
  console.log(`${chosen.length} attacks on ${origin}, which runs on ${runtime}\n`);
  const results = await runAttacks(target, chosen, (result) => console.log(lineOf(result, isTerminal)));
  if (json) writeFileSync(json, jsonOf(origin, results));
  if (sarif) writeFileSync(sarif, sarifOf(origin, results));
  console.log(`\n${summaryOf(results)}`);
  if (results.some(({ outcome }) => outcome === "found" || outcome === "failed")) process.exitCode = 1;
});
