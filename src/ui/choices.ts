import { z } from "@hono/zod-openapi";
import { readForm } from "../http/form.ts";
import { languages } from "../http/language.ts";
import { keep } from "../http/page-cookies.ts";
import { visitor } from "../http/pages.ts";
import { parseReturnPath } from "../lib/return-path.ts";
import { createPages } from "./pages.tsx";

const yearSeconds = 365 * 86_400;

const choice = z.object({ language: z.enum(languages), return_to: z.string() });

/**
 * The way in, and what a browser keeps of how pages are shown.
 * @public
 */
export const choicePages = createPages()
  .get("/", visitor, (c) => c.redirect("/account", 303))
  .post("/language", visitor, async (c) => {
    const { language, return_to: back } = await readForm(c, choice);
    keep(c, "language", language, yearSeconds);
    return c.redirect(parseReturnPath(back) ?? "/", 303);
  });
