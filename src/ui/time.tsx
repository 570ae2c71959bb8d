import type { Language } from "../http/language.ts";

/**
 * An instant, as people read it, in UTC: the server does not know where they are.
 * @public
 */
export function Time({ at, language, dayOnly }: { at: string; language: Language; dayOnly?: boolean }) {
  const text = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    dateStyle: "medium",
    ...(!dayOnly && { timeStyle: "short" }),
    timeZone: "UTC",
  }).format(new Date(at));
  return <time datetime={at}>{dayOnly ? text : `${text} UTC`}</time>;
}
