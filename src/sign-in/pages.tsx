import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { readForm } from "../http/form.ts";
import { humanForm } from "../http/human.ts";
import { drop, kept, pageSession } from "../http/page-cookies.ts";
import { visitor } from "../http/pages.ts";
import { returnTo, withReturn } from "../http/return-to.ts";
import { signInOnPage } from "../http/sign-in-on-page.ts";
import { passwordField } from "../password/fields.ts";
import { Problem } from "../problems.ts";
import { leaveSession } from "../session/leave-session.ts";
import { Button, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderVisitor } from "../ui/render.tsx";
import { logIn } from "./log-in.ts";
import { words } from "./words.ts";

const credentials = z.object({ email: z.string(), password: passwordField });
/** What is typed again for whoever was refused. */
const typed = z.object({ email: z.string().optional() });

/** The sign-in. To show it asks nothing of the database: it must be there when that is busy. */
function loginPage(c: Context<AppEnv>, again: { email?: string | undefined; problem?: Problem } = {}) {
  const { language, deps } = c.var;
  const t = words(language).login;
  const back = returnTo(c);
  const { problem } = again;
  return renderVisitor(
    c,
    { title: t.title(deps.config.product.name), problem },
    <>
      <Refusal problem={problem} language={language} />
      <Form action={withReturn("/login", back)}>
        <Field
          name="email"
          label={t.email}
          type="email"
          autocomplete="username webauthn"
          language={language}
          problem={problem}
          value={again.email}
          required
        />
        <Field
          name="password"
          label={t.password}
          type="password"
          autocomplete="current-password"
          language={language}
          problem={problem}
          required
        />
        <Button>{t.submit}</Button>
      </Form>
    </>,
  );
}

/**
 * Signing in and out.
 * @public
 */
export const signInPages = createPages()
  .get("/login", visitor, (c) => loginPage(c))
  .post("/login", visitor, humanForm, async (c) => {
    const { email } = await readForm(c, typed);
    const outcome = await signInOnPage(c, returnTo(c), async () => {
      const form = await readForm(c, credentials);
      return logIn(c.var.deps, c.var.caller, { ...form, deviceToken: kept(c, "device") });
    });
    return outcome instanceof Problem ? loginPage(c, { email, problem: outcome }) : outcome;
  })
  .post("/logout", visitor, async (c) => {
    const session = pageSession(c);
    if (session) await leaveSession(c.var.deps, c.var.caller, session);
    drop(c, "session", "impersonation");
    return c.redirect("/login", 303);
  });
