import type { Language } from "../http/language.ts";

/**
 * An instant, as people read it, in UTC: the server does not know where they are.
 * @public
 */
export function Time({ at, language }: { at: string; language: Language }) {
  const text = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "UTC",
  }).format(new Date(at));
  return <time datetime={at}>{`${text} UTC`}</time>;
}
