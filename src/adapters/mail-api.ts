import { MailRefused } from "../ports.ts";

const timeoutMs = 60_000;

/** Worth another attempt: time-out, conflict with an attempt under way, too early, too many. */
const passing = new Set([408, 409, 425, 429]);
/** A key that is wrong or may not send: every mail fails until an operator mends it, none is lost. */
const misconfigured = new Set([401, 403]);

type MailApi = {
  /** Of messages. */
  readonly provider: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  /** What the reply calls its error: a name or a number, never a sentence. */
  readonly errorName: (reply: Record<string, unknown>) => unknown;
  /** Errors by name that the provider answers for every mail of an account that is not set up. */
  readonly accountErrors?: ReadonlySet<string>;
};

/**
 * Posts one mail as JSON. Its errors hold the status and the name of the error: the provider's
 * sentence would bring the address along.
 * @throws MailRefused when the provider will never take this mail; any other error when it may.
 */
export async function postMail(api: MailApi, body: unknown): Promise<void> {
  const reply = await fetch(api.url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", ...api.headers },
    body: JSON.stringify(body),
    // A redirect would carry the key and the mail to where nobody configured.
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (reply.ok) return await reply.body?.cancel();
  const name = await readErrorName(reply, api.errorName);
  const message = [api.provider, reply.status, name].filter(Boolean).join(" ");
  const { status } = reply;
  const final = status >= 400 && status < 500 && !passing.has(status) && !misconfigured.has(status);
  throw final && !api.accountErrors?.has(name) ? new MailRefused(message) : new Error(message);
}

async function readErrorName(reply: Response, errorName: MailApi["errorName"]): Promise<string> {
  try {
    const name = String(errorName((await reply.json()) as Record<string, unknown>) ?? "");
    return /^\w{1,60}$/.test(name) ? name : "";
  } catch {
    return ""; // a proxy's page, or a reply cut off: the status says enough
  }
}
