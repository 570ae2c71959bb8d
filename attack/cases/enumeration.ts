import { randomBytes } from "node:crypto";
import type { Reply } from "../../test/support/client.ts";
import type { Attack, Trial } from "../attack.ts";

const varying =
  /^(date|x-request-id|content-length|server-timing|cf-ray|age|report-to|nel|set-cookie|connection|keep-alive)$/;

/** What a reply says, without what differs from one reply to the next whoever is asked for: ids, times, tokens. */
function shape({ status, headers, text }: Reply): string {
  const named = [...headers].filter(([name]) => !varying.test(name)).sort();
  const masked = text
    .replaceAll(/"(request_id|flow_id|challenge|expires_at)":"[^"]*"/g, '"$1":"…"')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "…");
  return JSON.stringify([status, named, masked]);
}

async function compare(trial: Trial, path: string, about: (email: string) => object): Promise<void> {
  const unknown = `nobody-${randomBytes(8).toString("hex")}@example.com`;
  const known = await trial.call("POST", path, { json: about(trial.b.email) });
  const other = await trial.call("POST", path, { json: about(unknown) });
  if (known.status === 429) throw new Error(`${path} is throttled already`);
  trial.expect(shape(known) === shape(other), `${path}: ${shape(known)} to ${shape(other)}`);
  trial.tried(2);
}

/** @public */
export const enumeration: Attack[] = [
  {
    id: "enumeration/login",
    what: "A refusal that tells whether there is an account",
    precedent: "ASVS V6.3.8",
    run: (trial) => compare(trial, "auth/login", (email) => ({ email, password: "Wrong-guess-1" })),
  },
  {
    id: "enumeration/mails",
    what: "Forgotten passwords, magic links and verifications that tell whether there is an account",
    precedent: "ASVS V6.3.8",
    run: async (trial) => {
      for (const path of ["auth/password/forgot", "auth/magic-link", "auth/email/verification"]) {
        await compare(trial, path, (email) => ({ email }));
      }
    },
  },
  {
    id: "enumeration/pages",
    what: "The same by the pages",
    precedent: "ASVS V6.3.8",
    run: async (trial) => {
      const unknown = `nobody-${randomBytes(8).toString("hex")}@example.com`;
      const ask = (email: string) =>
        trial.call("POST", "/login", {
          form: { email, password: "Wrong-guess-1" },
          headers: { origin: trial.issuer, "sec-fetch-site": "same-origin" },
        });
      const [known, other] = [await ask(trial.b.email), await ask(unknown)];
      const page = ({ status, text }: Reply, email: string) =>
        `${status} ${text
          .replaceAll(email, "…")
          .replaceAll(/nonce="[^"]*"|nonce-[\w+/=-]+/g, "")
          .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "…")}`;
      trial.expect(page(known, trial.b.email) === page(other, unknown), "the login page differs");
    },
  },
];
