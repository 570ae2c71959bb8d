import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./environment.ts";

/** @public */
export const languages = ["en", "de"] as const;

/** @public */
export type Language = (typeof languages)[number];

/** @public */
export function isLanguage(text: string | undefined): text is Language {
  return languages.some((each) => each === text);
}

/**
 * The language that was chosen on a page, else the first of ours that the browser asks for (RFC 9110 §12.5.4).
 * @public
 */
export function languageOf(c: Context<AppEnv>): Language {
  const chosen = getCookie(c, "language", "host");
  if (isLanguage(chosen)) return chosen;
  const ranges = (c.req.header("accept-language") ?? "").slice(0, 200).split(",");
  const weighed = ranges
    .map((range) => {
      const [tag = "", ...parameters] = range.trim().toLowerCase().split(";");
      const weight = parameters.map((text) => /^\s*q=([\d.]+)/.exec(text)?.[1]).find(Boolean);
      return { tag: tag.split("-", 1)[0], q: weight === undefined ? 1 : Number(weight) };
    })
    .sort((a, b) => b.q - a.q);
  return weighed.flatMap(({ tag, q }) => (q > 0 && isLanguage(tag) ? tag : []))[0] ?? "en";
}

/** @public */
export const chooseLanguage = createMiddleware<AppEnv>(async (c, next) => {
  c.set("language", languageOf(c));
  c.header("Vary", "Accept-Language, Cookie, Origin");
  await next();
});
