import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { idParam } from "../http/fields.ts";
import { readQuery, refusalOf } from "../http/form.ts";
import { operator } from "../http/pages.ts";
import { pageQuery } from "../http/paging.ts";
import type { Problem } from "../problems.ts";
import { Button, Done, Form, Refusal } from "../ui/form.tsx";
import { Pager } from "../ui/pager.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAdmin, withViewer } from "../ui/render.tsx";
import { Select } from "../ui/select.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { listOutbox, requeueMail } from "./administer-outbox.ts";
import { mailState } from "./fields.ts";
import { words } from "./words.ts";

const listQuery = pageQuery.extend({ state: mailState.optional() });

async function outboxPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps, actor } = c.var;
  const t = words(language);
  const { limit, cursor, state } = readQuery(c, listQuery);
  const list = listOutbox(deps, { ...actor, permission: "outbox:read" }, { limit, cursor, state });
  const [viewer, { data, next_cursor, total_estimate }] = await withViewer(c, list);
  const mayWrite = viewer.permissions.has("outbox:write");
  const states = mailState.options.map((value) => ({ value, label: t.states[value] }));
  return renderAdmin(
    c,
    { title: t.title, viewer, current: "/admin/outbox", problem },
    <>
      <Done c={c} texts={t.done} />
      <Refusal problem={problem} language={language} />
      <form method="get" action="/admin/outbox" class="filters">
        <Select
          name="state"
          label={t.state}
          value={state}
          options={[{ value: "", label: t.any }, ...states]}
        />
        <Button kind="quiet">{t.search}</Button>
      </form>
      <p class="muted">
        {data.length > 0 ? t.about(new Intl.NumberFormat(language).format(total_estimate)) : t.none}
      </p>
      {data.length > 0 && (
        <Table label={t.title} heads={[t.mail, t.to, t.state, t.tries, t.made, t.next]}>
          {data.map((mail) => (
            <tr>
              <td>
                <code>{mail.template ?? mail.kind}</code>
              </td>
              <td>{mail.user_id ? <a href={`/admin/users/${mail.user_id}`}>{mail.email}</a> : mail.email}</td>
              <td>
                <span
                  class={mail.state === "dead" ? "badge bad" : mail.state === "sent" ? "badge good" : "badge"}
                >
                  {t.states[mail.state]}
                </span>
                {mail.last_error && <div class="muted">{mail.last_error}</div>}
                {mail.state === "dead" && mayWrite && (
                  <Form action={`/admin/outbox/${mail.id}/requeue`}>
                    <button type="submit" class="quiet" aria-label={t.requeueOf(mail.email)}>
                      {t.requeue}
                    </button>
                  </Form>
                )}
              </td>
              <td class="number">{mail.attempts}</td>
              <td>
                <Time at={mail.created_at} language={language} />
              </td>
              <td>
                <Time at={mail.delivered_at ?? mail.due_at} language={language} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Pager c={c} next={next_cursor} path="/admin/outbox" />
    </>,
  );
}

/**
 * What became of mails. Only where mail leaves.
 * @public
 */
export const outboxPages = createPages()
  .get("/admin/outbox", operator("outbox:read"), (c) => outboxPage(c))
  .post("/admin/outbox/:id/requeue", operator("outbox:write"), async (c) => {
    const { deps, caller, actor } = c.var;
    const problem = await refusalOf(() => requeueMail(deps, caller, actor, idParam.parse(c.req.param()).id));
    return problem ? outboxPage(c, problem) : c.redirect("/admin/outbox?done=requeued", 303);
  });
