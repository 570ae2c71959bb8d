import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { idParam } from "../http/fields.ts";
import { readForm, refusalOf } from "../http/form.ts";
import type { Language } from "../http/language.ts";
import { operator } from "../http/pages.ts";
import { invalidField, type Problem } from "../problems.ts";
import { Button, Done, Field, Form, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAdmin, withViewer } from "../ui/render.tsx";
import { TextArea } from "../ui/text-area.tsx";
import { Time } from "../ui/time.tsx";
import type { Client } from "./client.ts";
import { jwksText, lines, newClient } from "./fields.ts";
import { getClient } from "./list-clients.ts";
import { secretPage } from "./pages.tsx";
import { addSecret, changeClient } from "./register-client.ts";
import { deleteClient, removeSecret } from "./remove-client.ts";
import { words } from "./words.ts";

const change = z.object({
  name: newClient.shape.name,
  scopes: lines.pipe(newClient.shape.scopes),
  audiences: lines.pipe(newClient.shape.audiences.unwrap()),
  jwks: jwksText.optional(),
});
const confirmed = z.object({ name: z.string() });

const idOf = (c: Context<AppEnv>) => idParam.parse(c.req.param()).id;

async function clientPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps, actor } = c.var;
  const t = words(language);
  const found = getClient(deps, { ...actor, permission: "clients:read", stepUp: false }, idOf(c));
  const [viewer, client] = await withViewer(c, found);
  return renderAdmin(
    c,
    { title: client.name, viewer, current: "/admin/clients", problem },
    <>
      <Done c={c} texts={t.done} />
      <Refusal problem={problem} language={language} />
      <section class="card">
        <dl>
          <dt>client_id</dt>
          <dd>
            <code>{client.client_id}</code>
          </dd>
          <dt>{t.method}</dt>
          <dd>
            <code>{client.auth_method}</code>
          </dd>
          <dt>{t.scopes}</dt>
          <dd>{client.scopes.join(", ")}</dd>
          <dt>{t.audiences}</dt>
          <dd>{client.audiences.join(", ")}</dd>
          <dt>{t.made}</dt>
          <dd>
            <Time at={client.created_at} language={language} />
          </dd>
        </dl>
      </section>
      {viewer.permissions.has("clients:write") && (
        <ClientForms client={client} language={language} problem={problem} />
      )}
    </>,
  );
}

function ClientForms({
  client,
  language,
  problem,
}: {
  client: Client;
  language: Language;
  problem: Problem | undefined;
}) {
  const t = words(language);
  const at = `/admin/clients/${client.client_id}`;
  const field = { language, problem };
  const signs = client.auth_method === "private_key_jwt";
  return (
    <div class="columns">
      <section class="card">
        <Form action={at}>
          <Field name="name" label={t.name} value={client.name} maxlength={100} required {...field} />
          <TextArea
            name="scopes"
            label={t.scopes}
            hint={t.scopesHint}
            value={client.scopes.join("\n")}
            {...field}
          />
          <TextArea name="audiences" label={t.audiences} value={client.audiences.join("\n")} {...field} />
          {signs && (
            <TextArea name="jwks" label={t.jwks} value={JSON.stringify(client.jwks, null, 2)} {...field} />
          )}
          <Button kind="quiet">{t.save}</Button>
        </Form>
      </section>
      <div>
        {!signs && (
          <section class="card parts">
            <h2>{t.secrets}</h2>
            <ul class="items">
              {client.secrets.map((secret) => (
                <li>
                  <p class="hint">
                    {t.made} <Time at={secret.created_at} language={language} />,{" "}
                    {secret.last_used_at ? (
                      <>
                        {t.used} <Time at={secret.last_used_at} language={language} />
                      </>
                    ) : (
                      t.never
                    )}
                  </p>
                  <Form action={`${at}/secrets/${secret.id}/remove`}>
                    <button type="submit" class="danger" aria-label={t.removeSecretOf(secret.id)}>
                      {t.removeSecret}
                    </button>
                  </Form>
                </li>
              ))}
            </ul>
            <Form action={`${at}/secrets`}>
              <Button kind="quiet">{t.addSecret}</Button>
            </Form>
          </section>
        )}
        <section class="card parts">
          <h2>{t.delete}</h2>
          <Form action={`${at}/delete`}>
            <p class="hint">{t.deleteAbout}</p>
            <Field name="name" id="delete-name" label={t.name} autocomplete="off" required {...field} />
            <Button kind="danger">{t.delete}</Button>
          </Form>
        </section>
      </div>
    </div>
  );
}

async function act(c: Context<AppEnv>, leadsTo: string, work: () => Promise<unknown>) {
  const problem = await refusalOf(work);
  return problem ? clientPage(c, problem) : c.redirect(leadsTo, 303);
}

/**
 * One machine client.
 * @public
 */
export const oneClientPages = createPages()
  .get("/admin/clients/:id", operator("clients:read"), (c) => clientPage(c))
  .post("/admin/clients/:id", operator("clients:write", "step-up"), (c) =>
    act(c, `/admin/clients/${idOf(c)}?done=saved`, async () =>
      changeClient(c.var.deps, c.var.caller, c.var.actor, { id: idOf(c), ...(await readForm(c, change)) }),
    ),
  )
  .post("/admin/clients/:id/secrets", operator("clients:write", "step-up"), async (c) => {
    const { deps, caller, actor } = c.var;
    let made: Awaited<ReturnType<typeof addSecret>> | undefined;
    const problem = await refusalOf(async () => {
      made = await addSecret(deps, caller, actor, idOf(c));
    });
    return made ? secretPage(c, made) : clientPage(c, problem);
  })
  .post("/admin/clients/:id/secrets/:secret/remove", operator("clients:write"), (c) =>
    act(c, `/admin/clients/${idOf(c)}?done=removed`, () => {
      const { secret: secretId } = z.object({ secret: idParam.shape.id }).parse(c.req.param());
      return removeSecret(c.var.deps, c.var.caller, c.var.actor, { id: idOf(c), secretId });
    }),
  )
  .post("/admin/clients/:id/delete", operator("clients:write"), (c) =>
    act(c, "/admin/clients?done=deleted", async () => {
      const { deps, caller, actor } = c.var;
      const { name } = await readForm(c, confirmed);
      const client = await getClient(deps, { ...actor, permission: "clients:read" }, idOf(c));
      if (client.name !== name) throw invalidField("/name", "invalid");
      await deleteClient(deps, caller, actor, client.client_id);
    }),
  );
