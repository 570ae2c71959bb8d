import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { emailField } from "../account/fields.ts";
import type { AppEnv } from "../http/environment.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { person } from "../http/pages.ts";
import { passwordField } from "../password/fields.ts";
import type { Problem } from "../problems.ts";
import { Button, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAccount, withViewer } from "../ui/render.tsx";
import { changeEmail } from "./change-email.ts";
import { words } from "./words.ts";

const change = z.object({ new_email: emailField, password: passwordField.optional() });

async function changePage(c: Context<AppEnv>, problem?: Problem) {
  const { language } = c.var;
  const t = words(language).change;
  const [viewer] = await withViewer(c, Promise.resolve());
  const field = { language, problem };
  return renderAccount(
    c,
    { title: t.title, viewer, current: "/account/security", problem },
    <div class="card narrow">
      <Refusal problem={problem} language={language} />
      <Form action="/account/email">
        <p>{t.about}</p>
        <Field name="new_email" label={t.email} type="email" autocomplete="email" required {...field} />
        <Field
          name="password"
          label={t.password}
          type="password"
          autocomplete="current-password"
          hint={t.none}
          {...field}
        />
        <Button>{t.submit}</Button>
      </Form>
    </div>,
  );
}

/**
 * Changing one's address. Only where mail leaves.
 * @public
 */
export const emailChangePages = createPages()
  .get("/account/email", person(), (c) => changePage(c))
  .post("/account/email", person(), async (c) => {
    const { deps, caller, actor } = c.var;
    const problem = await refusalOf(async () => {
      const { new_email: newEmail, password } = await readForm(c, change);
      await changeEmail(deps, caller, actor, { newEmail, password });
    });
    return problem ? changePage(c, problem) : c.redirect("/account/security?done=email", 303);
  });
