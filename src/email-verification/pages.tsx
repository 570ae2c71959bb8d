import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { emailField } from "../account/fields.ts";
import type { AppEnv } from "../http/environment.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { takeMailedToken, tokenOf } from "../http/mailed-token.ts";
import { drop, keep, kept, pageSession } from "../http/page-cookies.ts";
import { visitor } from "../http/pages.ts";
import { requestMail } from "../outbox/request-mail.ts";
import { passwordField } from "../password/fields.ts";
import { NewPasswordField } from "../password/new-password-field.tsx";
import type { Problem } from "../problems.ts";
import { codeField } from "../proof/fields.ts";
import { isOpenFlow, peekProof } from "../proof/peek-proof.ts";
import { Button, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderVisitor } from "../ui/render.tsx";
import { verifyEmail } from "./verify-email.ts";
import { words } from "./words.ts";

const kinds = ["verify_email", "registration", "change_email"] as const;
const asked = z.object({ email: emailField });
const shown = z.object({
  by: z.enum(["link", "code"]),
  link: z.string().optional(),
  code: codeField.optional(),
  password: passwordField.optional(),
  new_password: passwordField.optional(),
});

type Stage = "link" | "code" | "nothing";

function stageOf(c: Context<AppEnv>): Stage {
  if (c.req.query("again") !== undefined) return "nothing";
  if (peekProof(c.var.deps, kinds, kept(c, "proof"))) return "link";
  return isOpenFlow(c.var.deps, "email", kept(c, "flow")) ? "code" : "nothing";
}

function verifyPage(c: Context<AppEnv>, problem?: Problem) {
  const { language } = c.var;
  const t = words(language).verify;
  const stage = stageOf(c);
  return renderVisitor(
    c,
    { title: t.title, problem, scripts: ["password-hint"], secret: true },
    <>
      <Refusal problem={problem} language={language} />
      {stage === "nothing" ? (
        <Form action="/verify-email/send">
          <p>{t.resend}</p>
          <Field
            name="email"
            label={t.email}
            type="email"
            autocomplete="username"
            language={language}
            problem={problem}
            required
          />
          <Button>{t.send}</Button>
        </Form>
      ) : (
        <>
          <ConfirmForms c={c} stage={stage} problem={problem} />
          <p class="links">
            <a href="/verify-email?again=1">{t.another}</a>
          </p>
        </>
      )}
    </>,
  );
}

/** Whoever reads the mail need not be who signed up: beside the proof goes the session, the password, or a new one. */
function ConfirmForms({
  c,
  stage,
  problem,
}: {
  c: Context<AppEnv>;
  stage: Stage;
  problem: Problem | undefined;
}) {
  const { language, deps } = c.var;
  const t = words(language).verify;
  // A session that has ended meanwhile proves nothing, which is only known once it was tried.
  const isSignedIn = pageSession(c) !== undefined && problem?.code !== "invalid_proof";
  // In the browser that signed up, the code alone makes the account.
  const isEnough = isSignedIn || (stage === "code" && deps.config.emailVerification === "required");
  const field = { language, problem };
  const proof = (where: string) => (
    <>
      <input type="hidden" name="by" value={stage} />
      {stage === "link" && (
        <input type="hidden" name="link" value={peekProof(deps, kinds, kept(c, "proof"))?.id} />
      )}
      {stage === "code" && (
        <Field
          name="code"
          id={`code-${where}`}
          label={t.code}
          inputmode="numeric"
          autocomplete="one-time-code"
          required
          {...field}
        />
      )}
    </>
  );
  return (
    <>
      {stage === "code" && <p>{t.sent}</p>}
      <Form action="/verify-email">
        <p>{isEnough ? t.signedIn : t.byPassword}</p>
        {proof("own")}
        {!isEnough && (
          <Field
            name="password"
            label={t.password}
            type="password"
            autocomplete="current-password"
            required
            {...field}
          />
        )}
        <Button>{t.confirm}</Button>
      </Form>
      {!isSignedIn && (
        <details>
          <summary>{t.notMine}</summary>
          <Form action="/verify-email">
            <p>{t.takeOver}</p>
            {proof("claim")}
            <NewPasswordField config={deps.config} name="new_password" label={t.newPassword} {...field} />
            <Button kind="quiet">{t.claim}</Button>
          </Form>
        </details>
      )}
    </>
  );
}

/**
 * Confirming an address. Only where mail leaves.
 * @public
 */
export const emailVerificationPages = createPages()
  .get("/verify-email", visitor, (c) => takeMailedToken(c) ?? verifyPage(c))
  .post("/verify-email/send", visitor, async (c) => {
    const { deps, caller } = c.var;
    const problem = await refusalOf(async () => {
      const { email } = await readForm(c, asked);
      const flow = await requestMail(deps, caller, "verify_email", email);
      drop(c, "proof");
      keep(c, "flow", flow.flow_id, flow.expires_in);
    });
    return problem ? verifyPage(c, problem) : c.redirect("/verify-email", 303);
  })
  .post("/verify-email", visitor, async (c) => {
    const { deps, caller } = c.var;
    const session = pageSession(c);
    const problem = await refusalOf(async () => {
      const { by, link, code, password, new_password: newPassword } = await readForm(c, shown);
      const presented =
        by === "link" ? { token: tokenOf(c, kinds, link) } : { flowId: kept(c, "flow") ?? "", code };
      // With a password it is the password's account, whoever else is signed in here.
      const own = password === undefined && newPassword === undefined ? session : undefined;
      await verifyEmail(deps, caller, presented, { session: own, password, newPassword });
    });
    if (problem) return verifyPage(c, problem);
    drop(c, "proof", "flow");
    return c.redirect(session ? "/account?done=verified" : "/login?done=verified", 303);
  });
