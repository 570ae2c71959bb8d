import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { readForm, readPaging, refusalOf } from "../http/form.ts";
import { operator } from "../http/pages.ts";
import type { Problem } from "../problems.ts";
import { Button, Done, Field, Form, Refusal } from "../ui/form.tsx";
import { Pager } from "../ui/pager.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAdmin, withViewer } from "../ui/render.tsx";
import { Secret } from "../ui/secret.tsx";
import { Select } from "../ui/select.tsx";
import { Table } from "../ui/table.tsx";
import { TextArea } from "../ui/text-area.tsx";
import { Time } from "../ui/time.tsx";
import { authMethods } from "./client.ts";
import { jwksText, lines, newClient } from "./fields.ts";
import { listClients } from "./list-clients.ts";
import { registerClient } from "./register-client.ts";
import { words } from "./words.ts";

const registration = z.object({
  name: newClient.shape.name,
  auth_method: newClient.shape.auth_method,
  scopes: lines.pipe(newClient.shape.scopes),
  audiences: lines.transform((all) => (all.length > 0 ? all : undefined)).pipe(newClient.shape.audiences),
  jwks: jwksText.optional(),
});

async function clientsPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps, actor } = c.var;
  const t = words(language);
  const list = listClients(deps, { ...actor, permission: "clients:read", stepUp: false }, readPaging(c));
  const [viewer, { data, next_cursor }] = await withViewer(c, list);
  const field = { language, problem };
  return renderAdmin(
    c,
    { title: t.title, viewer, current: "/admin/clients", problem },
    <>
      <Done c={c} texts={t.done} />
      <Refusal problem={problem} language={language} />
      <p>{data.length > 0 ? t.about : `${t.about} ${t.none}`}</p>
      {data.length > 0 && (
        <Table label={t.title} heads={[t.name, t.method, t.scopes, t.made]}>
          {data.map((client) => (
            <tr>
              <td>
                <a href={`/admin/clients/${client.client_id}`}>{client.name}</a>
              </td>
              <td>
                <code>{client.auth_method}</code>
              </td>
              <td>{client.scopes.join(", ")}</td>
              <td>
                <Time at={client.created_at} language={language} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Pager c={c} next={next_cursor} path="/admin/clients" />
      {viewer.permissions.has("clients:write") && (
        <section class="card narrow">
          <h2>{t.new}</h2>
          <Form action="/admin/clients">
            <Field name="name" label={t.name} maxlength={100} required {...field} />
            <Select
              name="auth_method"
              label={t.method}
              options={authMethods.map((value) => ({ value, label: value }))}
              value={authMethods[0]}
            />
            <TextArea name="scopes" label={t.scopes} hint={t.scopesHint} {...field} />
            <TextArea name="audiences" label={t.audiences} hint={t.audiencesHint} {...field} />
            <TextArea name="jwks" label={t.jwks} hint={t.jwksHint} {...field} />
            <Button>{t.register}</Button>
          </Form>
        </section>
      )}
    </>,
  );
}

/** The secret, this once, and the way on to its client. */
export async function secretPage(
  c: Context<AppEnv>,
  { client_id: id, name, client_secret: secret }: { client_id: string; name: string; client_secret: string },
) {
  const { language } = c.var;
  const t = words(language);
  const [viewer] = await withViewer(c, Promise.resolve());
  return renderAdmin(
    c,
    { title: t.shown, viewer, current: "/admin/clients", scripts: ["copy"] },
    <section class="card narrow">
      <h2>{name}</h2>
      <dl>
        <dt>client_id</dt>
        <dd>
          <code>{id}</code>
        </dd>
      </dl>
      <p>{t.shownAbout}</p>
      <Secret text={secret} language={language} />
      <a class="button" href={`/admin/clients/${id}`}>
        {t.next}
      </a>
    </section>,
  );
}

/**
 * Machine clients as a list, and a new one.
 * @public
 */
export const clientPages = createPages()
  .get("/admin/clients", operator("clients:read"), (c) => clientsPage(c))
  .post("/admin/clients", operator("clients:write", "step-up"), async (c) => {
    const { deps, caller, actor } = c.var;
    let made: Awaited<ReturnType<typeof registerClient>> | undefined;
    const problem = await refusalOf(async () => {
      made = await registerClient(deps, caller, actor, await readForm(c, registration));
    });
    if (!made) return clientsPage(c, problem);
    const { client_secret } = made;
    return client_secret === undefined
      ? c.redirect(`/admin/clients/${made.client_id}?done=made`, 303)
      : secretPage(c, { ...made, client_secret });
  });
