import type { Config } from "../config.ts";

/** Shorter words are in too many good passwords by chance. */
const shortestWord = 4;

/**
 * What a guesser who knows the account and the service would try first, in lower case
 * (NIST SP 800-63B-4 §3.1.1.2). `identity` is the address and the name, as far as they are known.
 */
export function contextWords(
  config: Pick<Config, "issuer" | "mail">,
  identity: readonly (string | null | undefined)[],
): string[] {
  const service = ["gatehouse", config.mail?.productName, `@${new URL(config.issuer).hostname}`];
  return [...identity, ...service]
    .flatMap((text) => wordsOf(text ?? ""))
    .filter((word) => [...word].length >= shortestWord)
    .map((word) => word.toLowerCase());
}

/** A name or an address, each of its words, and of a host the labels but the top-level domain. */
function wordsOf(text: string): string[] {
  const [, host = ""] = text.split("@");
  return [text, ...text.split(/[\s@]+/), ...host.split(".").slice(0, -1)];
}
