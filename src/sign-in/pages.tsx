import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { readForm } from "../http/form.ts";
import { humanForm } from "../http/human.ts";
import { drop, kept, pageSession } from "../http/page-cookies.ts";
import { visitor } from "../http/pages.ts";
import { returnTo, withReturn } from "../http/return-to.ts";
import { signInOnPage } from "../http/sign-in-on-page.ts";
import { passkeyAnswer } from "../passkey/fields.ts";
import { PasskeyForm } from "../passkey/passkey-form.tsx";
import { passwordField } from "../password/fields.ts";
import { Problem } from "../problems.ts";
import { leaveSession } from "../session/leave-session.ts";
import { Button, Done, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderVisitor } from "../ui/render.tsx";
import { logIn } from "./log-in.ts";
import { signInByPasskey } from "./sign-in-by-passkey.ts";
import { words } from "./words.ts";

const credentials = z.object({ email: z.string(), password: passwordField });
/** What is typed again for whoever was refused. */
const typed = z.object({ email: z.string().optional() });

/** The sign-in. To show it asks nothing of the database: it must be there when that is busy. */
function loginPage(c: Context<AppEnv>, again: { email?: string | undefined; problem?: Problem } = {}) {
  const { language, deps } = c.var;
  const t = words(language);
  const back = returnTo(c);
  const { problem } = again;
  const field = { language, problem, required: true };
  return renderVisitor(
    c,
    { title: t.login.title(deps.config.product.name), problem, scripts: ["passkey"] },
    <>
      <Done c={c} texts={t.login.done} />
      <Refusal problem={problem} language={language} />
      {deps.isHuman ? (
        <p class="hint">{t.robots}</p>
      ) : (
        <Form action={withReturn("/login", back)}>
          <Field
            name="email"
            label={t.email}
            type="email"
            autocomplete="username webauthn"
            value={again.email}
            {...field}
          />
          <Field
            name="password"
            label={t.password}
            type="password"
            autocomplete="current-password"
            {...field}
          />
          <Button>{t.login.submit}</Button>
        </Form>
      )}
      <p class="separator">{t.or}</p>
      <div class="ways">
        <PasskeyForm
          action={withReturn("/login/passkey", back)}
          kind="sign-in"
          label={t.login.passkey}
          language={language}
          quiet
        />
        {deps.config.mail && (
          <a class="button quiet" href={withReturn("/magic-link", back)}>
            {t.login.mail}
          </a>
        )}
      </div>
      <p class="links">
        {deps.config.mail && <a href="/forgot-password">{t.login.forgot}</a>}
        {deps.config.signup === "open" && <a href={withReturn("/signup", back)}>{t.login.signUp}</a>}
      </p>
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
  .post("/login/passkey", visitor, async (c) => {
    const outcome = await signInOnPage(c, returnTo(c), async () => {
      const { flow_id: flowId, credential: response } = await readForm(c, passkeyAnswer);
      return signInByPasskey(c.var.deps, c.var.caller, { flowId, response });
    });
    return outcome instanceof Problem ? loginPage(c, { problem: outcome }) : outcome;
  })
  .post("/logout", visitor, async (c) => {
    const session = pageSession(c);
    if (session) await leaveSession(c.var.deps, c.var.caller, session);
    drop(c, "session", "impersonation", "mfa", "flow", "proof");
    return c.redirect("/login", 303);
  });
