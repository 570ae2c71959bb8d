import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { readForm } from "../http/form.ts";
import { keep, kept } from "../http/page-cookies.ts";
import { visitor } from "../http/pages.ts";
import { returnTo, withReturn } from "../http/return-to.ts";
import { signInOnPage } from "../http/sign-in-on-page.ts";
import { factorCodeField } from "../mfa/fields.ts";
import { passkeyAnswer } from "../passkey/fields.ts";
import { PasskeyForm } from "../passkey/passkey-form.tsx";
import { Problem } from "../problems.ts";
import { Button, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderVisitor } from "../ui/render.tsx";
import { requestPasskey } from "./request-passkey.ts";
import { showSecondFactor } from "./show-second-factor.ts";
import { signInByPasskey } from "./sign-in-by-passkey.ts";
import { words } from "./words.ts";

const shown = z.object({
  method: z.enum(["totp", "recovery_code"]),
  code: factorCodeField,
  trust_device: z.literal("on").optional(),
});

/** The sign-in that waits, and by what it can go on. */
function halfOf(c: Context<AppEnv>): { mfaToken: string; methods: string[] } | undefined {
  const [mfaToken, ...methods] = (kept(c, "mfa") ?? "").split("~");
  return mfaToken ? { mfaToken, methods } : undefined;
}

async function secondFactorPage(c: Context<AppEnv>, problem?: Problem) {
  const half = halfOf(c);
  const back = returnTo(c);
  if (!half) return c.redirect(withReturn("/login", back), 303);
  const { language, deps } = c.var;
  const t = words(language).mfa;
  const days = deps.config.trustedDeviceSeconds / 86_400;
  const has = (method: string) => half.methods.includes(method);
  const field = { language, problem, required: true, autocomplete: "one-time-code" };
  const passkey = has("passkey")
    ? await requestPasskey(deps, { mfaToken: half.mfaToken, actor: undefined }).catch(nothingIfOver)
    : undefined;
  return renderVisitor(
    c,
    { title: t.title, problem, scripts: ["passkey"] },
    <>
      <Refusal problem={problem} language={language} />
      {passkey && (
        <PasskeyForm
          action={withReturn("/mfa/passkey", back)}
          kind="get"
          options={passkey}
          label={t.passkey}
          language={language}
        />
      )}
      {has("totp") && (
        <Form action={withReturn("/mfa", back)}>
          <input type="hidden" name="method" value="totp" />
          <Field name="code" id="totp" label={t.totp} inputmode="numeric" {...field} />
          {days > 0 && (
            <label class="check">
              <input type="checkbox" name="trust_device" />
              {t.trust(days)}
            </label>
          )}
          <Button>{t.submit}</Button>
        </Form>
      )}
      {has("recovery_code") && (
        <details>
          <summary>{t.recovery}</summary>
          <Form action={withReturn("/mfa", back)}>
            <input type="hidden" name="method" value="recovery_code" />
            <Field name="code" id="recovery" label={t.recoveryCode} {...field} autocomplete="off" />
            <Button kind="quiet">{t.submit}</Button>
          </Form>
        </details>
      )}
      <p class="links">
        <a href={withReturn("/login", back)}>{t.restart}</a>
      </p>
    </>,
  );
}

/** Of a sign-in that is over there is nothing to answer by; the other ways say so when they are tried. */
function nothingIfOver(error: unknown): undefined {
  if (!(error instanceof Problem)) throw error;
}

/**
 * The second step of a sign-in.
 * @public
 */
export const secondFactorPages = createPages()
  .get("/mfa", visitor, (c) => secondFactorPage(c))
  .post("/mfa", visitor, async (c) => {
    const { deps, caller } = c.var;
    const outcome = await signInOnPage(c, returnTo(c), async () => {
      const { trust_device: trust, ...form } = await readForm(c, shown);
      const input = { ...form, mfaToken: halfOf(c)?.mfaToken ?? "", trustDevice: trust !== undefined };
      const { grant, deviceToken } = await showSecondFactor(deps, caller, input);
      if (deviceToken) keep(c, "device", deviceToken, deps.config.trustedDeviceSeconds);
      return grant;
    });
    return outcome instanceof Problem ? secondFactorPage(c, outcome) : outcome;
  })
  .post("/mfa/passkey", visitor, async (c) => {
    const outcome = await signInOnPage(c, returnTo(c), async () => {
      const { flow_id: flowId, credential: response } = await readForm(c, passkeyAnswer);
      return signInByPasskey(c.var.deps, c.var.caller, { flowId, response });
    });
    return outcome instanceof Problem ? secondFactorPage(c, outcome) : outcome;
  });
