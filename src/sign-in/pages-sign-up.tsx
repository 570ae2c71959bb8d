import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { nameField } from "../account/fields.ts";
import type { AppEnv } from "../http/environment.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { humanForm } from "../http/human.ts";
import { takeMailedToken } from "../http/mailed-token.ts";
import { beginPageSession, drop, keep, kept } from "../http/page-cookies.ts";
import { visitor } from "../http/pages.ts";
import { returnTo, withReturn } from "../http/return-to.ts";
import { passwordField } from "../password/fields.ts";
import { NewPasswordField } from "../password/new-password-field.tsx";
import type { Problem } from "../problems.ts";
import { peekProof } from "../proof/peek-proof.ts";
import { Button, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderVisitor } from "../ui/render.tsx";
import { signUp } from "./sign-up.ts";
import { words } from "./words.ts";

const account = z.object({ email: z.string(), password: passwordField, name: nameField.optional() });
const typed = z.object({ email: z.string().optional(), name: z.string().optional() });

/** The invitation that a mail brought, if it can still be one. */
function invitationOf(c: Context<AppEnv>): string | undefined {
  const token = kept(c, "proof");
  return peekProof(c.var.deps, ["invitation"], token) && token;
}

function signUpPage(c: Context<AppEnv>, again: z.output<typeof typed> & { problem?: Problem } = {}) {
  const { language, deps } = c.var;
  const t = words(language);
  const back = returnTo(c);
  const { problem } = again;
  const field = { language, problem };
  return renderVisitor(
    c,
    { title: t.signUp.title, problem, scripts: ["password-hint"], secret: true },
    <>
      <Refusal problem={problem} language={language} />
      {invitationOf(c) && <p>{t.signUp.invited}</p>}
      {deps.isHuman ? (
        <p class="hint">{t.robots}</p>
      ) : (
        <Form action={withReturn("/signup", back)}>
          <Field name="name" label={t.name} autocomplete="name" value={again.name} {...field} />
          <Field
            name="email"
            label={t.email}
            type="email"
            autocomplete="username"
            value={again.email}
            required
            {...field}
          />
          <NewPasswordField config={deps.config} name="password" label={t.password} {...field} />
          <Button>{t.signUp.submit}</Button>
        </Form>
      )}
      <p class="links">
        <a href={withReturn("/login", back)}>{t.signUp.haveOne}</a>
      </p>
    </>,
  );
}

/**
 * Making an account, also by an invitation.
 * @public
 */
export const signUpPages = createPages()
  .get("/signup", visitor, (c) => takeMailedToken(c) ?? signUpPage(c))
  .post("/signup", visitor, humanForm, async (c) => {
    const again = await readForm(c, typed);
    let next = returnTo(c);
    const problem = await refusalOf(async () => {
      const { name = null, ...form } = await readForm(c, account);
      const made = await signUp(c.var.deps, c.var.caller, { ...form, name, invitation: invitationOf(c) });
      if ("grant" in made) return beginPageSession(c, made.grant);
      drop(c, "proof");
      keep(c, "flow", made.flow_id, made.expires_in);
      next = "/verify-email";
    });
    return problem ? signUpPage(c, { ...again, problem }) : c.redirect(next, 303);
  });
