import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { idParam } from "../http/fields.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { followSession } from "../http/page-cookies.ts";
import { person } from "../http/pages.ts";
import type { Problem } from "../problems.ts";
import { renderCodes } from "../ui/codes.tsx";
import { Button, Done, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAccount, withViewer } from "../ui/render.tsx";
import { Time } from "../ui/time.tsx";
import { removePasskey, renamePasskey } from "./change-passkey.ts";
import { passkeyName, passkeyRegistration } from "./fields.ts";
import { listPasskeys } from "./list-passkeys.ts";
import { offerRegistration } from "./offer-registration.ts";
import { PasskeyForm } from "./passkey-form.tsx";
import { registerPasskey } from "./register-passkey.ts";
import { words } from "./words.ts";

/** More than an account may have. */
const all = { limit: 100, cursor: undefined };
const named = z.object({ name: passkeyName });
const current = "/account/security";

async function passkeysPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps, actor } = c.var;
  const t = words(language);
  const [viewer, { data }] = await withViewer(c, listPasskeys(deps, actor, all));
  return renderAccount(
    c,
    { title: t.title, viewer, current, problem },
    <>
      <Done c={c} texts={t.done} />
      <Refusal problem={problem} language={language} />
      <p>{t.about}</p>
      {data.length === 0 ? (
        <p>{t.none}</p>
      ) : (
        <ul class="items">
          {data.map(({ id, name, created_at, last_used_at }) => (
            <li>
              <div>
                <p>
                  <strong>{name}</strong>
                </p>
                <p class="hint">
                  {t.made} <Time at={created_at} language={language} />,{" "}
                  {last_used_at ? (
                    <>
                      {t.used} <Time at={last_used_at} language={language} />
                    </>
                  ) : (
                    t.never
                  )}
                </p>
              </div>
              <div class="actions">
                <Form action={`/account/passkeys/${id}/rename`} class="inline">
                  <input name="name" aria-label={t.renameOf(name)} maxlength={64} required />
                  <Button kind="quiet">{t.rename}</Button>
                </Form>
                <Form action={`/account/passkeys/${id}/remove`}>
                  <button type="submit" class="danger" aria-label={t.removeOf(name)}>
                    {t.remove}
                  </button>
                </Form>
              </div>
            </li>
          ))}
        </ul>
      )}
      <a class="button" href="/account/passkeys/new">
        {t.add}
      </a>
    </>,
  );
}

async function newPasskeyPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps, actor } = c.var;
  const t = words(language);
  const [viewer, options] = await withViewer(c, offerRegistration(deps, actor));
  return renderAccount(
    c,
    { title: t.add, viewer, current, problem, scripts: ["passkey"] },
    <div class="card narrow">
      <Refusal problem={problem} language={language} />
      <p>{t.about}</p>
      <PasskeyForm
        action="/account/passkeys"
        kind="create"
        options={options}
        label={t.create}
        language={language}
      >
        <Field
          name="name"
          label={t.name}
          hint={t.nameHint}
          language={language}
          problem={problem}
          maxlength={64}
        />
      </PasskeyForm>
      <noscript>
        <p>{t.noScripts}</p>
      </noscript>
    </div>,
  );
}

/**
 * One's passkeys.
 * @public
 */
export const passkeyPages = createPages()
  .get("/account/passkeys", person(), (c) => passkeysPage(c))
  .get("/account/passkeys/new", person("step-up"), (c) => newPasskeyPage(c))
  .post("/account/passkeys", person("step-up"), async (c) => {
    const { deps, caller, actor, language } = c.var;
    let codes: readonly string[] | undefined;
    const problem = await refusalOf(async () => {
      const form = await readForm(c, passkeyRegistration.extend({ name: passkeyName.optional() }));
      const { flow_id: flowId, credential: response, name } = form;
      codes = (await registerPasskey(deps, caller, actor, { flowId, response, name })).recovery_codes;
      followSession(c);
    });
    if (problem) return newPasskeyPage(c, problem);
    if (!codes) return c.redirect("/account/passkeys?done=added", 303);
    const t = words(language);
    return renderCodes(c, { title: t.codes, about: t.codesAbout, next: t.next, codes });
  })
  .post("/account/passkeys/:id/rename", person(), async (c) => {
    const { deps, caller, actor } = c.var;
    const problem = await refusalOf(async () => {
      const { name } = await readForm(c, named);
      await renamePasskey(deps, caller, actor, { ...idParam.parse(c.req.param()), name });
    });
    return problem ? passkeysPage(c, problem) : c.redirect("/account/passkeys?done=renamed", 303);
  })
  .post("/account/passkeys/:id/remove", person("step-up"), async (c) => {
    const { deps, caller, actor } = c.var;
    const problem = await refusalOf(() =>
      removePasskey(deps, caller, actor, idParam.parse(c.req.param()).id),
    );
    return problem ? passkeysPage(c, problem) : c.redirect("/account/passkeys?done=removed", 303);
  });
