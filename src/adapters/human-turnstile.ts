import { type HumanCheck, Unavailable } from "../ports.ts";

const timeoutMs = 3000;

/** What siteverify says when the token is at fault. Any other code is about our secret or its own trouble. */
const tokenFaults = new Set(["missing-input-response", "invalid-input-response", "timeout-or-duplicate"]);

/**
 * Cloudflare Turnstile. A token is good once, for five minutes.
 * Without a verdict it throws `Unavailable`: who cannot be asked about is not let by.
 */
export function createTurnstileCheck(
  secret: string,
  baseUrl = "https://challenges.cloudflare.com",
): HumanCheck {
  return async (token, ip) => {
    const form = new URLSearchParams({ secret, response: token, remoteip: ip });
    const verdict = await post(`${baseUrl}/turnstile/v0/siteverify`, form);
    if (verdict.success === true) return true;
    const codes = Array.isArray(verdict["error-codes"]) ? verdict["error-codes"] : [];
    if (verdict.success === false && codes.every((code) => tokenFaults.has(code))) return false;
    throw new Unavailable(`Turnstile gave no verdict: ${codes.join(" ")}`);
  };
}

async function post(url: string, body: URLSearchParams): Promise<Record<string, unknown>> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const reply = await fetch(url, { method: "POST", body, signal, redirect: "manual" });
    const verdict: unknown = await reply.json();
    if (typeof verdict === "object" && verdict !== null) return verdict as Record<string, unknown>;
  } catch (cause) {
    throw new Unavailable("Turnstile does not answer", { cause });
  }
  throw new Unavailable("Turnstile gave no verdict");
}
