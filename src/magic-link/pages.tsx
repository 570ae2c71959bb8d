import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { emailField } from "../account/fields.ts";
import type { AppEnv } from "../http/environment.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { takeMailedToken } from "../http/mailed-token.ts";
import { drop, keep, kept } from "../http/page-cookies.ts";
import { visitor } from "../http/pages.ts";
import { returnTo, withReturn } from "../http/return-to.ts";
import { signInOnPage } from "../http/sign-in-on-page.ts";
import { requestMail } from "../outbox/request-mail.ts";
import { Problem } from "../problems.ts";
import { codeField } from "../proof/fields.ts";
import { isOpenFlow, peekProof } from "../proof/peek-proof.ts";
import { revealCode } from "../proof/reveal-code.ts";
import { Button, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderVisitor } from "../ui/render.tsx";
import { signInByMail } from "./sign-in-by-mail.ts";
import { words } from "./words.ts";

const kinds = ["magic_link"] as const;
const asked = z.object({ email: emailField });
const typed = z.object({ code: codeField });

/** What this browser has of a sign-in by mail: the link in the browser that asked, or elsewhere; or the question alone. */
function stageOf(c: Context<AppEnv>): "here" | "elsewhere" | "waits" | "nothing" {
  const { deps } = c.var;
  const flow = kept(c, "flow");
  const token = kept(c, "proof");
  if (token !== undefined && peekProof(deps, kinds, token)) {
    return isOpenFlow(deps, "magic_link", flow, { kinds, token }) ? "here" : "elsewhere";
  }
  return isOpenFlow(deps, "magic_link", flow) ? "waits" : "nothing";
}

function magicLinkPage(c: Context<AppEnv>, { problem, code }: { problem?: Problem; code?: string } = {}) {
  const { language } = c.var;
  const t = words(language);
  const back = returnTo(c);
  const stage = c.req.query("again") === undefined ? stageOf(c) : "nothing";
  const field = { language, problem, required: true };
  return renderVisitor(
    c,
    { title: t.title, problem, secret: true },
    <>
      <Refusal problem={problem} language={language} />
      {stage === "here" && (
        <Form action={withReturn("/magic-link/link", back)}>
          <p>{t.here}</p>
          <Button>{t.signIn}</Button>
        </Form>
      )}
      {stage === "elsewhere" && (
        <>
          <p>{t.elsewhere}</p>
          {code === undefined ? (
            <Form action="/magic-link/reveal">
              <Button>{t.reveal}</Button>
            </Form>
          ) : (
            <p class="code">{code.replace(/^(\d{4})/, "$1 ")}</p>
          )}
          <p class="hint">{t.giveNobody}</p>
        </>
      )}
      {stage === "waits" && (
        <Form action={withReturn("/magic-link/code", back)}>
          <p>{t.sent}</p>
          <Field name="code" label={t.code} inputmode="numeric" autocomplete="one-time-code" {...field} />
          <Button>{t.signIn}</Button>
        </Form>
      )}
      {stage === "nothing" && (
        <Form action={withReturn("/magic-link", back)}>
          <p>{t.about}</p>
          <Field name="email" label={t.email} type="email" autocomplete="username" {...field} />
          <Button>{t.send}</Button>
        </Form>
      )}
      <p class="links">
        <a href={withReturn("/login", back)}>{t.back}</a>
        {stage !== "nothing" && <a href="/magic-link?again=1">{t.another}</a>}
      </p>
    </>,
  );
}

/** Signs in by what the browser has; a link that is good no more makes room for another way. */
async function signInHere(c: Context<AppEnv>, shown: () => Promise<{ token?: string; code?: string }>) {
  const outcome = await signInOnPage(c, returnTo(c), async () =>
    signInByMail(c.var.deps, c.var.caller, { flowId: kept(c, "flow") ?? "", ...(await shown()) }),
  );
  return outcome instanceof Problem ? magicLinkPage(c, { problem: outcome }) : outcome;
}

/**
 * Signing in by mail. Only where mail leaves.
 * @public
 */
export const magicLinkPages = createPages()
  .get("/magic-link", visitor, (c) => takeMailedToken(c) ?? magicLinkPage(c))
  .post("/magic-link", visitor, async (c) => {
    const { deps, caller } = c.var;
    const problem = await refusalOf(async () => {
      const { email } = await readForm(c, asked);
      const flow = await requestMail(deps, caller, "magic_link", email);
      drop(c, "proof");
      keep(c, "flow", flow.flow_id, flow.expires_in);
    });
    if (problem) return magicLinkPage(c, { problem });
    return c.redirect(withReturn("/magic-link", returnTo(c)), 303);
  })
  .post("/magic-link/link", visitor, (c) => signInHere(c, async () => ({ token: kept(c, "proof") ?? "" })))
  .post("/magic-link/code", visitor, (c) => signInHere(c, () => readForm(c, typed)))
  .post("/magic-link/reveal", visitor, async (c) => {
    let code = "";
    const problem = await refusalOf(async () => {
      code = await revealCode(c.var.deps, kept(c, "proof") ?? "");
    });
    return magicLinkPage(c, problem ? { problem } : { code });
  });
