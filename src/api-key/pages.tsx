import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { forPeopleOnly, permissionNames } from "../access/permissions.ts";
import type { AppEnv } from "../http/environment.ts";
import { idParam, textField } from "../http/fields.ts";
import { readForm, readPaging, refusalOf } from "../http/form.ts";
import { person } from "../http/pages.ts";
import type { Problem } from "../problems.ts";
import { Checks, checks } from "../ui/checks.tsx";
import { Button, Done, Field, Form, Refusal } from "../ui/form.tsx";
import { Pager } from "../ui/pager.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAccount, withViewer } from "../ui/render.tsx";
import { Secret } from "../ui/secret.tsx";
import { Time } from "../ui/time.tsx";
import { createKey, type NewApiKey } from "./create-key.ts";
import { listKeys } from "./list-keys.ts";
import { revokeKey } from "./revoke-key.ts";
import { words } from "./words.ts";

const wanted = z.object({
  name: textField(100),
  scopes: checks(z.enum(permissionNames)),
  /** A day, to its end: what browsers post of a date. */
  expires: z.iso.date().optional(),
});

async function keysPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps, actor } = c.var;
  const t = words(language);
  const [viewer, list] = await withViewer(c, listKeys(deps, actor, readPaging(c)));
  const scopes = [...viewer.permissions].filter((permission) => !forPeopleOnly.has(permission));
  const field = { language, problem };
  return renderAccount(
    c,
    { title: t.title, viewer, current: "/account/api-keys", problem },
    <>
      <Done c={c} texts={t.done} />
      <p>{list.data.length > 0 ? t.about : `${t.about} ${t.none}`}</p>
      {list.data.length > 0 && (
        <ul class="items">
          {list.data.map((key) => (
            <li>
              <div>
                <p>
                  <strong>{key.name}</strong> <code>{key.prefix}…</code>
                </p>
                <p class="hint">
                  {key.scopes.join(", ")}
                  {key.scopes.length > 0 && <br />}
                  {t.made} <Time at={key.created_at} language={language} />,{" "}
                  {key.last_used_at ? (
                    <>
                      {t.used} <Time at={key.last_used_at} language={language} />
                    </>
                  ) : (
                    t.never
                  )}
                  {key.expires_at && (
                    <>
                      , {t.ends} <Time at={key.expires_at} language={language} />
                    </>
                  )}
                </p>
              </div>
              <Form action={`/account/api-keys/${key.id}/revoke`}>
                <button type="submit" class="danger" aria-label={t.revokeOf(key.name)}>
                  {t.revoke}
                </button>
              </Form>
            </li>
          ))}
        </ul>
      )}
      <Pager c={c} next={list.next_cursor} />
      <section class="card">
        <h2>{t.new}</h2>
        <Refusal problem={problem} language={language} />
        <Form action="/account/api-keys">
          <Field name="name" label={t.name} maxlength={100} required {...field} />
          {scopes.length > 0 && (
            <Checks
              name="scopes"
              legend={t.scopes}
              hint={t.scopesHint}
              options={scopes.map((value) => ({ value, label: value }))}
            />
          )}
          <Field name="expires" label={t.expires} type="date" {...field} />
          <Button>{t.make}</Button>
        </Form>
      </section>
    </>,
  );
}

async function newKeyPage(c: Context<AppEnv>, { key, name }: NewApiKey) {
  const { language } = c.var;
  const t = words(language);
  const [viewer] = await withViewer(c, Promise.resolve());
  return renderAccount(
    c,
    { title: t.shown, viewer, current: "/account/api-keys", scripts: ["copy"] },
    <section class="card">
      <h2>{name}</h2>
      <p>{t.shownAbout}</p>
      <Secret text={key} language={language} />
      <a class="button" href="/account/api-keys">
        {t.next}
      </a>
    </section>,
  );
}

/**
 * One's API keys.
 * @public
 */
export const apiKeyPages = createPages()
  .get("/account/api-keys", person(), (c) => keysPage(c))
  .post("/account/api-keys", person("step-up"), async (c) => {
    const { deps, caller, actor } = c.var;
    let made: NewApiKey | undefined;
    const problem = await refusalOf(async () => {
      const { name, scopes, expires } = await readForm(c, wanted);
      const expiresAt = expires === undefined ? null : `${expires}T23:59:59.999Z`;
      made = await createKey(deps, caller, actor, { name, scopes, expiresAt });
    });
    return made ? newKeyPage(c, made) : keysPage(c, problem);
  })
  .post("/account/api-keys/:id/revoke", person(), async (c) => {
    const { deps, caller, actor } = c.var;
    await revokeKey(deps, caller, actor, idParam.parse(c.req.param()).id);
    return c.redirect("/account/api-keys?done=revoked", 303);
  });
