import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { person } from "../http/pages.ts";
import { Problem } from "../problems.ts";
import { Button, Done, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAccount, withViewer } from "../ui/render.tsx";
import { Time } from "../ui/time.tsx";
import { nameField } from "./fields.ts";
import { getProfile, updateProfile } from "./profile.ts";
import { words } from "./words.ts";

/** `of` says whose form it was: an operator may have begun or ceased to act as somebody since. */
const profile = z.object({ of: z.string(), name: nameField.optional() });

async function profilePage(c: Context<AppEnv>, problem?: Problem) {
  const { deps, actor, language } = c.var;
  const t = words(language).profile;
  const [viewer, user] = await withViewer(c, getProfile(deps, actor));
  return renderAccount(
    c,
    { title: t.title, viewer, current: "/account", problem },
    <>
      <Done c={c} texts={t.done} />
      <Refusal problem={problem} language={language} />
      <section class="card">
        <Form action="/account">
          <input type="hidden" name="of" value={user.id} />
          <Field
            name="name"
            label={t.name}
            autocomplete="name"
            language={language}
            problem={problem}
            value={user.name ?? undefined}
          />
          <Button>{t.save}</Button>
        </Form>
      </section>
      <section class="card">
        <dl>
          <dt>{t.email}</dt>
          <dd>
            {user.email}{" "}
            <span class={user.email_verified ? "badge good" : "badge"}>
              {user.email_verified ? t.verified : t.unverified}
            </span>
          </dd>
          <dt>{t.roles}</dt>
          <dd>{user.roles.join(", ")}</dd>
          <dt>{t.since}</dt>
          <dd>
            <Time at={user.created_at} language={language} />
          </dd>
        </dl>
      </section>
    </>,
  );
}

/**
 * One's own account.
 * @public
 */
export const accountPages = createPages()
  .get("/account", person("impersonators too"), (c) => profilePage(c))
  .post("/account", person("impersonators too"), async (c) => {
    const { deps, caller, actor } = c.var;
    const problem = await refusalOf(async () => {
      const { of, name = null } = await readForm(c, profile);
      if (of !== actor.userId) throw new Problem("conflict");
      await updateProfile(deps, caller, actor, { name });
    });
    return problem ? profilePage(c, problem) : c.redirect("/account?done=saved", 303);
  });
