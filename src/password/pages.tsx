import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { followSession } from "../http/page-cookies.ts";
import { person } from "../http/pages.ts";
import type { Problem } from "../problems.ts";
import { Button, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAccount, withViewer } from "../ui/render.tsx";
import { changePassword } from "./change-password.ts";
import { passwordField } from "./fields.ts";
import { NewPasswordField } from "./new-password-field.tsx";
import { words } from "./words.ts";

const change = z.object({ current_password: passwordField.optional(), new_password: passwordField });

async function passwordPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps } = c.var;
  const t = words(language);
  const [viewer] = await withViewer(c, Promise.resolve());
  const field = { language, problem };
  return renderAccount(
    c,
    { title: t.title, viewer, current: "/account/security", problem, scripts: ["password-hint"] },
    <div class="card narrow">
      <Refusal problem={problem} language={language} />
      <Form action="/account/password">
        <Field
          name="current_password"
          label={t.current}
          type="password"
          autocomplete="current-password"
          hint={t.none}
          {...field}
        />
        <NewPasswordField config={deps.config} name="new_password" label={t.chosen} {...field} />
        <p class="hint">{t.others}</p>
        <Button>{t.submit}</Button>
      </Form>
    </div>,
  );
}

/**
 * Changing one's password.
 * @public
 */
export const passwordPages = createPages()
  .get("/account/password", person(), (c) => passwordPage(c))
  .post("/account/password", person(), async (c) => {
    const { deps, caller, actor } = c.var;
    const problem = await refusalOf(async () => {
      const { current_password: currentPassword, new_password: newPassword } = await readForm(c, change);
      await changePassword(deps, caller, actor, { currentPassword, newPassword });
      followSession(c);
    });
    return problem ? passwordPage(c, problem) : c.redirect("/account/security?done=password", 303);
  });
