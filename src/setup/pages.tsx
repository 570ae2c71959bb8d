import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { emailField, nameField } from "../account/fields.ts";
import type { AppEnv } from "../http/environment.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { beginPageSession, keep, kept } from "../http/page-cookies.ts";
import { visitor } from "../http/pages.ts";
import { passkeyRegistration } from "../passkey/fields.ts";
import { passwordField } from "../password/fields.ts";
import { NewPasswordField } from "../password/new-password-field.tsx";
import { existing, type Problem } from "../problems.ts";
import { renderCodes } from "../ui/codes.tsx";
import { Button, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderVisitor } from "../ui/render.tsx";
import { makeFirstAdmin, offerSetupPasskey, openSetup } from "./make-first-admin.ts";
import { openSetupToken, type SetupToken } from "./setup-token.ts";
import { words } from "./words.ts";

const home = "/admin";

const account = { email: emailField, name: nameField.optional().transform((name) => name ?? null) };
const withPassword = z.object({ ...account, password: passwordField });
const withPasskey = passkeyRegistration
  .extend(account)
  .transform(({ credential, flow_id: flowId, ...given }) => ({ ...given, flowId, response: credential }));
/** What is typed again for whoever was refused. */
const typed = z.object({ email: z.string().optional(), name: z.string().optional() });
const chosen = z.object({ credential: z.string().optional() });

function setupPage(
  c: Context<AppEnv>,
  token: SetupToken,
  again: z.output<typeof typed> & { problem?: Problem } = {},
) {
  const { language, deps } = c.var;
  const { product } = deps.config;
  const t = words(language);
  const field = { language, problem: again.problem };
  return renderVisitor(
    c,
    { title: t.title, scripts: ["setup", "password-hint"], secret: true, problem: again.problem },
    <>
      <p>{t.intro(product.name)}</p>
      <Refusal problem={again.problem} language={language} />
      <Form action="/setup" data-setup={JSON.stringify(offerSetupPasskey(deps, token))}>
        <Field
          {...field}
          name="email"
          label={t.email}
          type="email"
          autocomplete="username"
          value={again.email}
          required
        />
        <Field {...field} name="name" label={t.name} autocomplete="name" value={again.name} />
        <NewPasswordField {...field} config={deps.config} name="password" label={t.password} />
        <Button>{t.byPassword}</Button>
        <div class="scripted" data-with-passkey>
          <p class="separator">{t.or}</p>
          <p class="refusal" role="alert" hidden>
            {t.passkeyFailed}
          </p>
          <div class="field">
            <button type="button" class="quiet" aria-describedby="passkey-hint">
              {t.byPasskey}
            </button>
            <p class="hint" id="passkey-hint">
              {t.passkeyHint}
            </p>
          </div>
          <input type="hidden" name="flow_id" />
          <input type="hidden" name="credential" />
        </div>
      </Form>
    </>,
  );
}

/**
 * The first run: who has the link that `npm run dev` prints makes the first admin. There is no such page for anybody else.
 * @public
 */
export const setupPages = createPages()
  .get("/setup", visitor, async (c) => {
    const token = c.req.query("token");
    if (token === undefined) return setupPage(c, await openSetup(c.var.deps, kept(c, "proof")));
    const { expiresAt } = existing(openSetupToken(c.var.deps, token));
    const now = Math.floor(c.var.deps.clock.now().getTime() / 1000);
    keep(c, "proof", token, expiresAt - now);
    c.header("Referrer-Policy", "no-referrer");
    return c.redirect("/setup", 303);
  })
  .post("/setup", visitor, async (c) => {
    const { deps, caller } = c.var;
    const token = await openSetup(deps, kept(c, "proof"));
    const [{ credential }, again] = [await readForm(c, chosen), await readForm(c, typed)];
    let codes: string[] = [];
    const problem = await refusalOf(async () => {
      const input = await readForm(c, credential === undefined ? withPassword : withPasskey);
      const made = await makeFirstAdmin(deps, caller, token, input);
      ({ codes } = made);
      await beginPageSession(c, made.grant);
    });
    if (problem?.code === "not_found") throw problem; // somebody was quicker
    if (problem) return setupPage(c, token, { ...again, problem });
    const t = words(c.var.language);
    const shown = { title: t.codesTitle, about: t.codesIntro, next: t.goOn, href: home };
    return codes.length > 0 ? renderCodes(c, { ...shown, codes }) : c.redirect(home, 303);
  });
