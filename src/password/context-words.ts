import type { Config } from "../config.ts";

/** Shorter words are in too many good passwords by chance. */
const shortestWord = 4;
/** What many hosts of this kind are called: refusing it would refuse "author" and "account book". */
const genericLabels = new Set(["account", "accounts", "auth", "identity", "login", "secure"]);

/**
 * What a guesser who knows the account and the service would try first, in lower case
 * (NIST SP 800-63B-4 §3.1.1.2). `identity` is the address and the name, as far as they are known.
 */
export function contextWords(
  config: Pick<Config, "issuer" | "product">,
  identity: readonly (string | null | undefined)[],
): string[] {
  const labels = new URL(config.issuer).hostname.split(".").slice(0, -1);
  const service = ["gatehouse", config.product.name, ...labels.filter((label) => !genericLabels.has(label))];
  const words = [...identity, ...service]
    .flatMap((text) => [text ?? "", ...(text ?? "").split(/[\s@]+/)])
    .filter((word) => [...word].length >= shortestWord)
    .map((word) => word.toLowerCase());
  return [...new Set(words)];
}
