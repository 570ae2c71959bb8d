import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Method } from "../access/assurance.ts";
import type { AppEnv } from "../http/environment.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { drop, followSession, keep, kept } from "../http/page-cookies.ts";
import { person } from "../http/pages.ts";
import { returnTo, withReturn } from "../http/return-to.ts";
import { factorCodeField } from "../mfa/fields.ts";
import { requestMail } from "../outbox/request-mail.ts";
import { passkeyAnswer } from "../passkey/fields.ts";
import { PasskeyForm } from "../passkey/passkey-form.tsx";
import { requestReauthentication } from "../passkey/request-reauthentication.ts";
import { passwordField } from "../password/fields.ts";
import type { Problem } from "../problems.ts";
import { codeField } from "../proof/fields.ts";
import { isOpenFlow } from "../proof/peek-proof.ts";
import { Button, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAccount, withViewer } from "../ui/render.tsx";
import { listWays } from "./list-ways.ts";
import { type Again, reauthenticate } from "./reauthenticate.ts";
import { words } from "./words.ts";

const typed = z.discriminatedUnion("method", [
  z.object({ method: z.literal("password"), password: passwordField }),
  z.object({ method: z.enum(["totp", "recovery_code"]), code: factorCodeField }),
  z.object({ method: z.literal("email_code"), code: codeField }),
]);

async function confirmPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps, actor } = c.var;
  const t = words(language);
  const back = returnTo(c);
  const [viewer, ways] = await withViewer(c, listWays(deps, actor));
  const options = ways.includes("passkey") ? await requestReauthentication(deps, actor) : undefined;
  return renderAccount(
    c,
    { title: t.title, viewer, current: "/account/confirm", problem, scripts: ["passkey"] },
    <div class="card narrow">
      <p>{t.about}</p>
      <Refusal problem={problem} language={language} />
      {options && (
        <PasskeyForm
          action={withReturn("/account/confirm/passkey", back)}
          kind="get"
          options={options}
          label={t.passkey}
          language={language}
        />
      )}
      {ways.map((way) => (
        <TypedForm c={c} way={way} problem={problem} />
      ))}
    </div>,
  );
}

/** Whether a mail with a code was asked for in this browser; it may have been guessed at too often. */
function isAsked(c: Context<AppEnv>): boolean {
  return isOpenFlow(c.var.deps, "magic_link", kept(c, "flow"));
}

function TypedForm({ c, way, problem }: { c: Context<AppEnv>; way: Method; problem: Problem | undefined }) {
  const { language } = c.var;
  const t = words(language);
  const action = withReturn("/account/confirm", returnTo(c));
  const field = { language, problem, required: true };
  if (way === "passkey") return null;
  const method = <input type="hidden" name="method" value={way} />;
  if (way === "password") {
    return (
      <Form action={action}>
        {method}
        <Field
          name="password"
          label={t.password}
          type="password"
          autocomplete="current-password"
          {...field}
        />
        <Button>{t.submit}</Button>
      </Form>
    );
  }
  const send = (
    <Form action={withReturn("/account/confirm/mail", returnTo(c))}>
      <Button {...(isAsked(c) && { kind: "quiet" as const })}>{t.mail}</Button>
    </Form>
  );
  if (way === "email_code" && !isAsked(c)) return send;
  const label = { totp: t.totp, recovery_code: t.recoveryCode, email_code: t.code }[way];
  const form = (
    <Form action={action}>
      {method}
      <Field
        name="code"
        id={`code-${way}`}
        label={label}
        autocomplete={way === "recovery_code" ? "off" : "one-time-code"}
        {...field}
      />
      <Button {...(way === "recovery_code" && { kind: "quiet" as const })}>{t.submit}</Button>
    </Form>
  );
  if (way === "email_code") {
    return (
      <>
        {form}
        {send}
      </>
    );
  }
  if (way === "totp") return form;
  return (
    <details>
      <summary>{t.recovery}</summary>
      {form}
    </details>
  );
}

/** Goes on, under a new id of the session, to what needed it. */
async function confirm(c: Context<AppEnv>, read: () => Promise<Again>) {
  const { deps, caller, actor } = c.var;
  const problem = await refusalOf(async () => {
    await reauthenticate(deps, caller, actor, await read());
    followSession(c);
    drop(c, "flow");
  });
  return problem ? confirmPage(c, problem) : c.redirect(returnTo(c), 303);
}

/**
 * Authenticating again, where something asks for it.
 * @public
 */
export const reauthenticationPages = createPages()
  .get("/account/confirm", person(), (c) => confirmPage(c))
  .post("/account/confirm", person(), (c) =>
    confirm(c, async () => {
      const form = await readForm(c, typed);
      return form.method === "email_code" ? { ...form, flowId: kept(c, "flow") ?? "" } : form;
    }),
  )
  .post("/account/confirm/passkey", person(), (c) =>
    confirm(c, async () => {
      const { flow_id: flowId, credential: response } = await readForm(c, passkeyAnswer);
      return { method: "passkey", flowId, response };
    }),
  )
  .post("/account/confirm/mail", person(), async (c) => {
    const { deps, caller } = c.var;
    const [viewer] = await withViewer(c, Promise.resolve());
    const problem = await refusalOf(async () => {
      const flow = await requestMail(deps, caller, "magic_link", viewer.email);
      keep(c, "flow", flow.flow_id, flow.expires_in);
    });
    if (problem) return confirmPage(c, problem);
    return c.redirect(withReturn("/account/confirm", returnTo(c)), 303);
  });
