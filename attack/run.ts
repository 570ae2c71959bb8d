import type { Client, Mail } from "../test/support/client.ts";
import type { Attack, Result, Trial } from "./attack.ts";
import { restore } from "./restore.ts";

/** How long a mail may take, in ms. */
const mailWithinMs = 15_000;

export type Target = {
  readonly client: Client;
  readonly origin: string;
  readonly issuer: string;
  readonly runtime: string;
  readonly players: readonly [Trial["a"], Trial["b"]];
  readonly admin: string | undefined;
  /** Answers `?to=` with `{"data": [mail]}`, newest first. */
  readonly mailSink: string | undefined;
};

/** Runs the cases one after the other, since they share two accounts. What needs something that is not there is skipped. */
export async function runAttacks(
  target: Target,
  attacks: readonly Attack[],
  onResult: (result: Result) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  const note = (result: Result) => {
    onResult(result);
    results.push(result);
  };
  let isRestored = false;
  /** Before the limits of sign-ins are used up, and in any case. */
  const putBack = async () => {
    if (isRestored) return;
    isRestored = true;
    const result = await runOne(target, restoring);
    if (result.outcome !== "held") note(result);
  };
  const given = { mail: target.mailSink !== undefined, admin: target.admin !== undefined };
  for (const attack of attacks) {
    if (attack.id.startsWith("throttle/")) await putBack();
    const lacks = attack.needs?.filter((need) => !given[need]) ?? [];
    const result =
      lacks.length > 0
        ? {
            attack,
            outcome: "skipped" as const,
            findings: lacks.map((need) => `needs ${need}`),
            tries: 0,
            tookMs: 0,
          }
        : await runOne(target, attack);
    note(result);
  }
  await putBack();
  return results;
}

const restoring: Attack = {
  id: "accounts/restored",
  what: "The accounts are left with the passwords they came with and without a second factor",
  precedent: "the manners of a guest",
  run: restore,
};

async function runOne(target: Target, attack: Attack): Promise<Result> {
  const findings: string[] = [];
  let tries = 0;
  const { client, origin, issuer, runtime, players, admin = "" } = target;
  const mails = (to: string) => readMails(target.mailSink ?? "", to);
  const trial: Trial = {
    origin,
    issuer,
    runtime,
    call: client.call,
    a: players[0],
    b: players[1],
    admin,
    hasMail: target.mailSink !== undefined,
    mails,
    mail: (to, template, since) => awaitMail(() => mails(to), template, since),
    expect: (holds, finding) => void (holds || findings.push(withoutTokens(finding))),
    tried: (times) => {
      tries += times;
    },
  };
  const startedAt = performance.now();
  const outcome = await attack.run(trial).then(
    () => (findings.length > 0 ? ("found" as const) : ("held" as const)),
    (error: unknown) => {
      const isFound = findings.length > 0;
      findings.push(
        withoutTokens(`not carried out: ${error instanceof Error ? error.message : String(error)}`),
      );
      return isFound ? ("found" as const) : ("failed" as const);
    },
  );
  return { attack, outcome, findings, tries, tookMs: performance.now() - startedAt };
}

/** A report is handed on, and what a reply held may still be good. */
function withoutTokens(text: string): string {
  return text.replace(/[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}|gth[ks]_[\w-]{10,}/g, "[token]").slice(0, 500);
}

async function readMails(sink: string, to: string): Promise<Mail[]> {
  const url = new URL(sink);
  url.searchParams.set("to", to);
  const reply = await fetch(url, { headers: { accept: "application/json" } });
  if (!reply.ok) throw new Error(`the mail sink answered ${reply.status}`);
  return ((await reply.json()) as { data: Mail[] }).data;
}

async function awaitMail(read: () => Promise<Mail[]>, template: string, since: number): Promise<Mail> {
  const end = performance.now() + mailWithinMs;
  for (;;) {
    const mails = await read();
    const mail = mails.find((each) => each.template === template && Date.parse(each.created_at) >= since);
    if (mail) return mail;
    if (performance.now() > end) throw new Error(`no ${template} came within ${mailWithinMs / 1000} s`);
    await new Promise((wake) => setTimeout(wake, 250));
  }
}
