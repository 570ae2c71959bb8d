import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { drop } from "../http/page-cookies.ts";
import { person } from "../http/pages.ts";
import { invalidField, type Problem } from "../problems.ts";
import { Button, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAccount, withViewer } from "../ui/render.tsx";
import { deleteAccount } from "./delete-account.ts";
import { exportAccount } from "./export-account.ts";
import { words } from "./words.ts";

const confirmed = z.object({ email: z.string() });

async function dataPage(c: Context<AppEnv>, problem?: Problem) {
  const { language } = c.var;
  const t = words(language).data;
  const [viewer] = await withViewer(c, Promise.resolve());
  return renderAccount(
    c,
    { title: t.title, viewer, current: "/account/data", problem },
    <>
      <section class="card">
        <h2>{t.export}</h2>
        <p>{t.exportAbout}</p>
        <p>
          <a class="button quiet" href="/account/data/export">
            {t.download}
          </a>
        </p>
      </section>
      <section class="card">
        <h2>{t.delete}</h2>
        <Refusal problem={problem} language={language} />
        <p>{t.deleteAbout}</p>
        <Form action="/account/data/delete">
          <Field
            name="email"
            label={t.email}
            autocomplete="off"
            language={language}
            problem={problem}
            required
          />
          <Button kind="danger">{t.submit}</Button>
        </Form>
      </section>
    </>,
  );
}

/**
 * Taking along what is kept of one, and leaving.
 * @public
 */
export const accountDataPages = createPages()
  .get("/account/data", person(), (c) => dataPage(c))
  .get("/account/data/export", person(), async (c) => {
    const data = await exportAccount(c.var.deps, c.var.actor);
    c.header("Content-Disposition", 'attachment; filename="account.json"');
    return c.body(JSON.stringify(data, null, 2), 200, { "Content-Type": "application/json" });
  })
  .post("/account/data/delete", person("step-up"), async (c) => {
    const { deps, caller, actor } = c.var;
    const [viewer, { email }] = await withViewer(c, readForm(c, confirmed));
    const problem = await refusalOf(async () => {
      if (email.trim().toLowerCase() !== viewer.email.toLowerCase()) throw invalidField("/email", "invalid");
      await deleteAccount(deps, caller, actor);
    });
    if (problem) return dataPage(c, problem);
    drop(c, "session", "device");
    return c.redirect("/login?done=deleted", 303);
  });
