import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { emailField } from "../account/fields.ts";
import type { AppEnv } from "../http/environment.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { humanForm } from "../http/human.ts";
import { takeMailedToken, tokenOf } from "../http/mailed-token.ts";
import { drop, kept, pageSession } from "../http/page-cookies.ts";
import { visitor } from "../http/pages.ts";
import { requestMail } from "../outbox/request-mail.ts";
import { passwordField } from "../password/fields.ts";
import { NewPasswordField } from "../password/new-password-field.tsx";
import type { Problem } from "../problems.ts";
import { peekProof } from "../proof/peek-proof.ts";
import { leaveSession } from "../session/leave-session.ts";
import { Button, Field, Form, Notice, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderVisitor } from "../ui/render.tsx";
import { resetPassword } from "./reset-password.ts";
import { words } from "./words.ts";

const asked = z.object({ email: emailField });
const kinds = ["password_reset", "account_invitation"] as const;
const chosen = z.object({ link: z.string().optional(), new_password: passwordField });

function forgotPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps } = c.var;
  const t = words(language).forgot;
  return renderVisitor(
    c,
    { title: t.title, problem },
    <>
      <Refusal problem={problem} language={language} />
      {c.req.query("done") === "sent" && <Notice>{t.sent}</Notice>}
      {deps.isHuman ? (
        <p class="hint">{t.robots}</p>
      ) : (
        <>
          <p>{t.about}</p>
          <Form action="/forgot-password">
            <Field
              name="email"
              label={t.email}
              type="email"
              autocomplete="username"
              language={language}
              problem={problem}
              required
            />
            <Button>{t.submit}</Button>
          </Form>
        </>
      )}
      <p class="links">
        <a href="/login">{t.back}</a>
      </p>
    </>,
  );
}

function resetPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps } = c.var;
  const t = words(language).reset;
  const isOver = problem?.code === "invalid_proof";
  const canBe = !isOver && peekProof(deps, kinds, kept(c, "proof"));
  return renderVisitor(
    c,
    { title: t.title, problem, scripts: ["password-hint"], secret: true },
    canBe ? (
      <>
        <Refusal problem={problem} language={language} />
        <Form action="/reset-password">
          <input type="hidden" name="link" value={canBe.id} />
          <NewPasswordField
            config={deps.config}
            name="new_password"
            label={t.password}
            language={language}
            problem={problem}
          />
          <p class="hint">{t.everywhere}</p>
          <Button>{t.submit}</Button>
        </Form>
      </>
    ) : (
      <>
        <p role="alert">{t.again}</p>
        <p>
          <a class="button" href="/forgot-password">
            {t.another}
          </a>
        </p>
      </>
    ),
  );
}

/**
 * The way back in, by mail. Only where mail leaves.
 * @public
 */
export const passwordResetPages = createPages()
  .get("/forgot-password", visitor, (c) => forgotPage(c))
  .post("/forgot-password", visitor, humanForm, async (c) => {
    const problem = await refusalOf(async () => {
      const { email } = await readForm(c, asked);
      await requestMail(c.var.deps, c.var.caller, "password_reset", email);
    });
    return problem ? forgotPage(c, problem) : c.redirect("/forgot-password?done=sent", 303);
  })
  .get("/reset-password", visitor, (c) => takeMailedToken(c) ?? resetPage(c))
  .post("/reset-password", visitor, async (c) => {
    const problem = await refusalOf(async () => {
      const { link, new_password: newPassword } = await readForm(c, chosen);
      await resetPassword(c.var.deps, c.var.caller, { token: tokenOf(c, kinds, link), newPassword });
    });
    if (problem) return resetPage(c, problem);
    const session = pageSession(c);
    if (session) await leaveSession(c.var.deps, c.var.caller, session);
    drop(c, "proof", "session", "impersonation", "mfa", "flow");
    return c.redirect("/login?done=reset", 303);
  });
