import fc from "fast-check";
import { oddText, rarely, sometimes } from "./values.ts";

/** What `fetch` lets into a header; more than that no client of HTTP could send. */
const headerText = oddText.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, "").trim());

const headers = fc
  .record({
    accept: sometimes(
      fc.oneof(
        { weight: 4, arbitrary: fc.constant("application/json") },
        { weight: 1, arbitrary: fc.constantFrom("text/html", "*/*", "image/png;q=x") },
        { weight: 1, arbitrary: headerText },
      ),
      4,
    ),
    "x-request-id": rarely(fc.oneof(fc.constantFrom("0199a1b2-0000", "a".repeat(65), "<b>"), headerText)),
    origin: rarely(
      fc.oneof(fc.constantFrom("null", "https://evil.example", "http://localhost:8787"), headerText),
    ),
    cookie: rarely(
      fc.oneof(fc.constantFrom("__Host-session=%zz", "=", "a=b; a=c", "__Host-language=xx"), headerText),
    ),
    "if-none-match": rarely(fc.oneof(fc.constantFrom("*", '"x"', 'W/"x", "y"'), headerText)),
    "user-agent": rarely(headerText),
    "accept-language": rarely(fc.oneof(fc.constantFrom("de", "*", ";;q=9,de;q=-1"), headerText)),
    "x-forwarded-for": rarely(fc.oneof(fc.constantFrom("203.0.113.7", ",,", "::1%lo"), headerText)),
    "x-turnstile-response": rarely(headerText),
    // In place of the asker's own.
    authorization: rarely(
      fc.oneof(
        fc.constantFrom(
          "Bearer",
          "Bearer a b",
          "bearer  x",
          "Basic Og==",
          "Basic eA==",
          "Basic %%%",
          "Digest x",
        ),
        fc.constantFrom(
          "Bearer __known-key-0__",
          "Bearer __known-refresh_token-0__",
          "Bearer __known-access_token-9__",
        ),
        headerText.map((text) => `Bearer ${text}`),
      ),
    ),
  })
  .map((all) => Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined));

/** One of the clients whose secret a reply told. */
const byClient = fc.nat(12).map((n): [string, string][] => [["authorization", `Basic __known-basic-${n}__`]]);

/** Headers that may come with a request, hardly ever all at once. */
export function headersFor(path: string): fc.Arbitrary<[string, string][]> {
  if (!path.startsWith("/oauth/")) return headers;
  const own = fc.oneof({ weight: 2, arbitrary: byClient }, { weight: 1, arbitrary: fc.constant([]) });
  return fc.tuple(headers, own).map(([all, more]) => [...all, ...more]);
}
