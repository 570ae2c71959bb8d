import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { dictionary } from "./words.ts";

const words = dictionary({
  en: { first: "Newest", next: "Older", pages: "Pages" },
  de: { first: "Neueste", next: "Ältere", pages: "Seiten" },
});

/**
 * The way through a list: on, and back to where it begins. Filters stay. `path` is of the list where it is shown by a
 * form of another.
 * @public
 */
export function Pager({ c, next, path }: { c: Context<AppEnv>; next: string | null; path?: string }) {
  const { first, next: on, pages } = words(c.var.language);
  const link = (cursor: string | null) => {
    const url = new URL(c.req.url);
    for (const name of ["cursor", "done"]) url.searchParams.delete(name);
    if (cursor) url.searchParams.set("cursor", cursor);
    return `${path ?? url.pathname}${url.search}`;
  };
  const isFirst = c.req.query("cursor") === undefined;
  if (isFirst && !next) return null;
  return (
    <nav class="pager" aria-label={pages}>
      {!isFirst && <a href={link(null)}>{first}</a>}
      {next && <a href={link(next)}>{on}</a>}
    </nav>
  );
}
