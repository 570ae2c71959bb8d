import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { checkAllowed } from "../access/run-as.ts";
import type { AppEnv } from "../http/environment.ts";
import { readForm, readQuery, refusalOf } from "../http/form.ts";
import { operator } from "../http/pages.ts";
import { uuidPattern } from "../ids.ts";
import { inviteUser } from "../invitation/invite-user.ts";
import { Problem } from "../problems.ts";
import { checks } from "../ui/checks.tsx";
import { Button, Done, Field, Form, Notice, Refusal } from "../ui/form.tsx";
import { Pager } from "../ui/pager.tsx";
import { createPages } from "../ui/pages.tsx";
import { problemText } from "../ui/problem-words.ts";
import { renderAdmin, withViewer } from "../ui/render.tsx";
import { createUser } from "./create-user.ts";
import { newUser, suspension, userQuery } from "./fields.ts";
import { listUsers } from "./list-users.ts";
import { suspendUser } from "./manage-user.ts";
import { UserFilters } from "./user-filters.tsx";
import { UserTable } from "./user-table.tsx";
import { words } from "./words.ts";

/** A day, as browsers post one, for the beginning of it. */
const day = z.iso
  .date()
  .transform((text) => `${text}T00:00:00.000Z`)
  .optional();
const pageQuery = userQuery.extend({ created_after: day, created_before: day, seen_after: day });

const chosen = z.object({
  ids: checks(z.string().regex(uuidPattern)),
  reason: suspension.shape.reason,
});
const invited = z.object({ email: newUser.shape.email });
const made = z.object({
  email: newUser.shape.email,
  name: newUser.shape.name,
  invite: z.literal("on").optional(),
});

type Outcome = {
  problem?: Problem | undefined;
  suspended?: number;
  refused?: readonly { id: string; problem: Problem }[];
};

async function usersPage(c: Context<AppEnv>, { problem, suspended, refused = [] }: Outcome = {}) {
  const { language, deps, actor } = c.var;
  const t = words(language).list;
  const { limit, cursor, sort, ...filter } = readQuery(c, pageQuery);
  const list = listUsers(
    deps,
    { ...actor, permission: "users:read", stepUp: false },
    { filter, sort, limit, cursor },
  );
  const [viewer, { data, next_cursor, total_estimate }] = await withViewer(c, list);
  const mayWrite = viewer.permissions.has("users:write");
  const mayInvite =
    viewer.permissions.has("users:invite") && deps.config.mail && deps.config.signup !== "closed";
  return renderAdmin(
    c,
    { title: t.title, viewer, current: "/admin/users", problem },
    <>
      <Done c={c} texts={words(language).user.done} />
      <Refusal problem={problem} language={language} />
      {suspended !== undefined && <Notice>{t.suspendedNow(suspended)}</Notice>}
      {refused.length > 0 && (
        <div class="refusal" role="alert">
          <p>{t.refused}</p>
          <ul>
            {refused.map((each) => (
              <li>
                <a href={`/admin/users/${each.id}`}>
                  {data.find(({ id }) => id === each.id)?.email ?? each.id}
                </a>
                : {problemText(language, each.problem)}
              </li>
            ))}
          </ul>
        </div>
      )}
      <UserFilters language={language} query={c.req.query()} />
      <p class="muted">
        {data.length > 0 ? t.about(new Intl.NumberFormat(language).format(total_estimate)) : t.none}
      </p>
      {data.length > 0 && mayWrite && (
        <Form action={`/admin/users/suspend${new URL(c.req.url).search}`}>
          <UserTable users={data} language={language} choosable />
          <div class="filters after">
            <Field name="reason" label={t.reason} language={language} maxlength={500} />
            <Button kind="danger">{t.suspendChosen}</Button>
          </div>
        </Form>
      )}
      {data.length > 0 && !mayWrite && <UserTable users={data} language={language} />}
      <Pager c={c} next={next_cursor} path="/admin/users" />
      {mayInvite && (
        <details>
          <summary>{t.inviteNew}</summary>
          <div class="card narrow">
            <Form action="/admin/invitations">
              <Field
                name="email"
                id="invited-email"
                label={words(language).user.email}
                type="email"
                hint={t.inviteAbout}
                language={language}
                problem={problem}
                required
              />
              <Button>{t.inviteSubmit}</Button>
            </Form>
          </div>
        </details>
      )}
      {mayWrite && (
        <details>
          <summary>{t.new}</summary>
          <div class="card narrow">
            <Form action="/admin/users">
              <Field
                name="email"
                label={words(language).user.email}
                type="email"
                language={language}
                problem={problem}
                required
              />
              <Field name="name" label={words(language).user.name} language={language} problem={problem} />
              {deps.config.mail && (
                <label class="check">
                  <input type="checkbox" name="invite" checked />
                  {t.invite}
                </label>
              )}
              <Button>{t.newSubmit}</Button>
            </Form>
          </div>
        </details>
      )}
    </>,
  );
}

/**
 * Users as a list, and what is done to many of them.
 * @public
 */
export const adminPages = createPages()
  .get("/admin/users", operator("users:read"), (c) => usersPage(c))
  .post("/admin/users", operator("users:write", "step-up"), async (c) => {
    const { deps, caller, actor } = c.var;
    let id = "";
    const problem = await refusalOf(async () => {
      const { invite, ...input } = await readForm(c, made);
      id = (await createUser(deps, caller, actor, { ...input, invite: invite !== undefined })).id;
    });
    return problem ? usersPage(c, { problem }) : c.redirect(`/admin/users/${id}?done=made`, 303);
  })
  .post("/admin/invitations", operator("users:invite", "step-up"), async (c) => {
    const { deps, caller, actor } = c.var;
    const problem = await refusalOf(async () =>
      inviteUser(deps, caller, actor, { ...(await readForm(c, invited)), roles: ["user"] }),
    );
    return problem ? usersPage(c, { problem }) : c.redirect("/admin/users?done=invited", 303);
  })
  .post("/admin/users/suspend", operator("users:write"), async (c) => {
    const { deps, caller, actor } = c.var;
    const { ids, reason = null } = await readForm(c, chosen);
    // Whoever cannot be shown what became of it does none of it.
    readQuery(c, pageQuery);
    await Promise.all([
      checkAllowed(deps, actor),
      checkAllowed(deps, { ...actor, permission: "users:read" }),
    ]);
    const refused: { id: string; problem: Problem }[] = [];
    // One by one, each by its own statement: what is refused of one is no reason to spare another.
    for (const id of ids) {
      try {
        await suspendUser(deps, caller, actor, { id, reason, until: null });
      } catch (error) {
        if (!(error instanceof Problem) || error.code === "invalid_token") throw error;
        refused.push({ id, problem: error });
      }
    }
    return usersPage(c, { suspended: ids.length - refused.length, refused });
  });
