import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { idParam } from "../http/fields.ts";
import { readPaging } from "../http/form.ts";
import { drop } from "../http/page-cookies.ts";
import { person } from "../http/pages.ts";
import { Done, Form } from "../ui/form.tsx";
import { Pager } from "../ui/pager.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAccount, withViewer } from "../ui/render.tsx";
import { endOtherSessions, endSession, logOutEverywhere } from "./end-sessions.ts";
import { listSessions } from "./list-sessions.ts";
import { deviceText, SessionItems } from "./session-items.tsx";
import { words } from "./words.ts";

async function sessionsPage(c: Context<AppEnv>) {
  const { language, deps, actor } = c.var;
  const t = words(language);
  const request = { userId: actor.userId, ...readPaging(c) };
  const [viewer, list] = await withViewer(c, listSessions(deps, actor, request));
  return renderAccount(
    c,
    { title: t.title, viewer, current: "/account/sessions" },
    <>
      <Done c={c} texts={t.done} />
      <p>{t.about}</p>
      <SessionItems
        sessions={list.data}
        language={language}
        named={c.req.query("session")}
        action={(session) =>
          !session.current &&
          !viewer.isActedFor && (
            <Form action={`/account/sessions/${session.id}/end`}>
              <button type="submit" class="quiet" aria-label={t.endOf(deviceText(session, language))}>
                {t.end}
              </button>
            </Form>
          )
        }
      />
      <Pager c={c} next={list.next_cursor} />
      {!viewer.isActedFor && (
        <div class="actions">
          <Form action="/account/sessions/end-others">
            <button type="submit" class="quiet">
              {t.others}
            </button>
          </Form>
          <Form action="/account/sessions/end-all">
            <button type="submit" class="danger">
              {t.everywhere}
            </button>
          </Form>
        </div>
      )}
    </>,
  );
}

/**
 * Where one is signed in.
 * @public
 */
export const sessionPages = createPages()
  .get("/account/sessions", person("impersonators too"), (c) => sessionsPage(c))
  .post("/account/sessions/:id/end", person(), async (c) => {
    const { deps, caller, actor } = c.var;
    await endSession(deps, caller, actor, idParam.parse(c.req.param()).id);
    return c.redirect("/account/sessions?done=ended", 303);
  })
  .post("/account/sessions/end-others", person(), async (c) => {
    await endOtherSessions(c.var.deps, c.var.caller, c.var.actor);
    return c.redirect("/account/sessions?done=others", 303);
  })
  .post("/account/sessions/end-all", person(), async (c) => {
    await logOutEverywhere(c.var.deps, c.var.caller, c.var.actor);
    drop(c, "session");
    return c.redirect("/login?done=everywhere", 303);
  });
