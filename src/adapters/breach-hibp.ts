import type { BreachCheck, Log } from "../ports.ts";

const timeoutMs = 1000;
const sentCharacters = 5;

/**
 * Looks a password up in Have I Been Pwned, which learns five characters of its SHA-1 and answers with
 * all it has under them. Fails open: when there is no answer within a second the password passes.
 */
export function createHibpCheck(log: Log, baseUrl = "https://api.pwnedpasswords.com"): BreachCheck {
  const passUnchecked = (why: Record<string, unknown>) => {
    log("password.breach_check_failed", why);
    return false;
  };
  return async (password) => {
    const hash = await sha1(password);
    try {
      const reply = await fetch(`${baseUrl}/range/${hash.slice(0, sentCharacters)}`, {
        // Padded to one size, a reply does not show who watches the line which prefix was asked for.
        headers: { "Add-Padding": "true", "User-Agent": "gatehouse" },
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (!reply.ok) return passUnchecked({ status: reply.status });
      return isListed(await reply.text(), hash.slice(sentCharacters));
    } catch (error) {
      // The name alone: a message may quote the URL, and with it a part of the hash.
      return passUnchecked({ name: error instanceof Error ? error.name : "unknown" });
    }
  };
}

/** Lines of `suffix:count`. Padding has the count 0. */
function isListed(range: string, wanted: string): boolean {
  return range.split(/\r?\n/).some((line) => {
    const [suffix, count] = line.split(":");
    return suffix?.toUpperCase() === wanted && Number(count) > 0;
  });
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
}
