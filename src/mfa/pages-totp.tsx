import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { raw } from "hono/html";
import type { AppEnv } from "../http/environment.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { followSession } from "../http/page-cookies.ts";
import { person } from "../http/pages.ts";
import type { Problem } from "../problems.ts";
import { renderCodes } from "../ui/codes.tsx";
import { Button, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAccount, withViewer } from "../ui/render.tsx";
import { confirmTotp } from "./confirm-totp.ts";
import { type Enrolment, enrolTotp } from "./enrol-totp.ts";
import { factorCodeField } from "./fields.ts";
import { getFactors } from "./get-factors.ts";
import { removeTotp } from "./remove-totp.ts";
import { renewRecoveryCodes } from "./renew-recovery-codes.ts";
import { words } from "./words.ts";

const typed = z.object({ code: factorCodeField });
const current = "/account/security";

async function totpPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps, actor } = c.var;
  const t = words(language).totp;
  const [viewer, factors] = await withViewer(c, getFactors(deps, actor));
  return renderAccount(
    c,
    { title: t.title, viewer, current, problem },
    <div class="card">
      <Refusal problem={problem} language={language} />
      <p>{factors.totp ? t.isOn : t.about}</p>
      {c.req.query("needed") !== undefined && !factors.enabled && <p>{t.needed}</p>}
      <div class="actions">
        {!factors.totp && (
          <Form action="/account/two-factor/enrol">
            <Button>{t.start}</Button>
          </Form>
        )}
        {factors.enabled && (
          <Form action="/account/two-factor/recovery-codes">
            <Button kind="quiet">{t.renew}</Button>
          </Form>
        )}
        {factors.totp && (
          <Form action="/account/two-factor/remove">
            <Button kind="danger">{t.remove}</Button>
          </Form>
        )}
      </div>
      {factors.enabled && <p class="hint">{t.renewAbout}</p>}
    </div>,
  );
}

/** The secret is shown by the reply that made it, and not again: after a wrong code the app has it already. */
async function confirmPage(
  c: Context<AppEnv>,
  { problem, enrolment }: { problem?: Problem; enrolment?: Enrolment },
) {
  const { language } = c.var;
  const t = words(language).totp;
  const [viewer] = await withViewer(c, Promise.resolve());
  return renderAccount(
    c,
    { title: t.title, viewer, current, problem, secret: true },
    <div class="card narrow">
      <Refusal problem={problem} language={language} />
      {enrolment && (
        <>
          <p>{t.scan}</p>
          {/* Ours: made from the key by the QR encoder, without a word of anybody's in it. */}
          <div class="qr">{raw(enrolment.qr_svg)}</div>
          <pre class="secret">{enrolment.secret.replace(/(.{4})(?=.)/g, "$1 ")}</pre>
        </>
      )}
      <Form action="/account/two-factor/confirm">
        <Field
          name="code"
          label={t.code}
          inputmode="numeric"
          autocomplete="one-time-code"
          language={language}
          problem={problem}
          required
        />
        <Button>{t.confirm}</Button>
      </Form>
      {!enrolment && (
        <p class="links">
          <a href="/account/two-factor">{t.again}</a>
        </p>
      )}
    </div>,
  );
}

/** The codes that `make` makes, or why it did not. */
async function showCodes(c: Context<AppEnv>, make: () => Promise<string[]>): Promise<Response | Problem> {
  const { title, about, next } = codeWords(c);
  let codes: readonly string[] = [];
  const problem = await refusalOf(async () => {
    codes = await make();
  });
  return problem ?? renderCodes(c, { title, about, next, codes });
}

function codeWords(c: Context<AppEnv>) {
  const t = words(c.var.language).totp;
  return { title: t.codes, about: t.codesAbout, next: t.next };
}

/**
 * One's authenticator app and recovery codes.
 * @public
 */
export const totpPages = createPages()
  .get("/account/two-factor", person(), (c) => totpPage(c))
  .post("/account/two-factor/enrol", person("step-up"), async (c) => {
    let enrolment: Enrolment | undefined;
    const problem = await refusalOf(async () => {
      enrolment = await enrolTotp(c.var.deps, c.var.actor);
    });
    return problem ? totpPage(c, problem) : confirmPage(c, enrolment ? { enrolment } : {});
  })
  .post("/account/two-factor/confirm", person("step-up"), async (c) => {
    const { deps, caller, actor } = c.var;
    const shown = await showCodes(c, async () => {
      const { code } = await readForm(c, typed);
      const codes = await confirmTotp(deps, caller, actor, code);
      followSession(c);
      return codes;
    });
    return shown instanceof Response ? shown : confirmPage(c, { problem: shown });
  })
  .post("/account/two-factor/recovery-codes", person("step-up"), async (c) => {
    const shown = await showCodes(c, () => renewRecoveryCodes(c.var.deps, c.var.caller, c.var.actor));
    return shown instanceof Response ? shown : totpPage(c, shown);
  })
  .post("/account/two-factor/remove", person("step-up"), async (c) => {
    const problem = await refusalOf(() => removeTotp(c.var.deps, c.var.caller, c.var.actor));
    return problem ? totpPage(c, problem) : c.redirect("/account/security?done=removed", 303);
  });
