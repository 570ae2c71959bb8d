import type { Reply } from "../test/support/client.ts";

/** What a case could not go on after: by status and code alone, since a reply may hold tokens and a report is handed on. */
export function refused(what: string, { status, body }: Reply<object>): Error {
  const code = "code" in body ? ` ${String(body.code)}` : "";
  return new Error(`${what} answered ${status}${code}`);
}
