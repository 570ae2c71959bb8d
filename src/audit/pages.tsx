import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { readPaging } from "../http/form.ts";
import { person } from "../http/pages.ts";
import { Pager } from "../ui/pager.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAccount, withViewer } from "../ui/render.tsx";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { actionText } from "./event-list.tsx";
import { listOwnEvents } from "./list-own-events.ts";
import { words } from "./words.ts";

async function activityPage(c: Context<AppEnv>) {
  const { language, deps, actor } = c.var;
  const t = words(language).own;
  const [viewer, list] = await withViewer(c, listOwnEvents(deps, actor, readPaging(c)));
  return renderAccount(
    c,
    { title: t.title, viewer, current: "/account/activity" },
    <>
      <p>{list.data.length > 0 ? t.about : t.none}</p>
      <Table label={t.title} heads={[t.when, t.what, t.where]}>
        {list.data.map((event) => (
          <tr>
            <td>
              <Time at={event.occurred_at} language={language} />
            </td>
            <td>
              {actionText(event.action, language)}{" "}
              {event.outcome === "denied" && <span class="badge bad">{t.refused}</span>}
            </td>
            <td>
              {event.byOthers ? t.byOthers : [event.browser, event.os, event.ip].filter(Boolean).join(" · ")}
            </td>
          </tr>
        ))}
      </Table>
      <Pager c={c} next={list.next_cursor} />
    </>,
  );
}

/**
 * What happened to one's own account.
 * @public
 */
export const activityPages = createPages().get("/account/activity", person(), (c) => activityPage(c));
