import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AdminUser } from "../account/user.ts";
import type { AppEnv } from "../http/environment.ts";
import { idParam } from "../http/fields.ts";
import { readForm, refusalOf } from "../http/form.ts";
import { operator } from "../http/pages.ts";
import { resetFactors } from "../mfa/reset-factors.ts";
import { forceReset } from "../password-reset/force-reset.ts";
import { invalidField, Problem } from "../problems.ts";
import { checks } from "../ui/checks.tsx";
import { Done, Refusal } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAdmin, withViewer } from "../ui/render.tsx";
import { deleteUser, updateUser } from "./change-user.ts";
import { roleSet, suspension, userChange } from "./fields.ts";
import { endUserSessions, getUser, reinstateUser, setRoles, suspendUser } from "./manage-user.ts";
import { readUserContext } from "./read-user-context.ts";
import { UserActions } from "./user-actions.tsx";
import { UserDetails } from "./user-details.tsx";
import { words } from "./words.ts";

/** What the form was shown with goes along: only what the operator changed of it is a change. */
const change = z.object({
  was_email: z.string(),
  was_name: z.string().optional(),
  was_verified: z.literal("on").optional(),
  email: userChange.shape.email,
  name: userChange.shape.name,
  email_verified: z.literal("on").optional(),
});
const suspend = z.object({
  reason: suspension.shape.reason,
  until: z.iso
    .date()
    .transform((text) => `${text}T23:59:59.999Z`)
    .optional(),
});
const roles = z.object({ was: z.string().default(""), roles: checks(roleSet.shape.roles.element) });
const confirmed = z.object({ email: z.string() });

const idOf = (c: Context<AppEnv>) => idParam.parse(c.req.param()).id;

async function userPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps, actor } = c.var;
  const context = readUserContext(deps, { ...actor, stepUp: false }, idOf(c));
  const [viewer, { user, sessions, events, roles: all }] = await withViewer(c, context);
  return renderAdmin(
    c,
    { title: user.name ?? user.email, viewer, current: "/admin/users", problem },
    <>
      <Done c={c} texts={words(language).user.done} />
      <Refusal problem={problem} language={language} />
      <div class="columns">
        <UserDetails user={user} sessions={sessions} events={events} language={language} viewer={viewer} />
        <UserActions
          user={user}
          roles={all}
          language={language}
          viewer={viewer}
          problem={problem}
          deps={deps}
        />
      </div>
    </>,
  );
}

/**
 * Does it, and shows the user as they are then; or why it was not done. Whoever cannot be shown the user does nothing to
 * them here.
 */
async function act(
  c: Context<AppEnv>,
  done: string,
  work: (id: string, before: AdminUser) => Promise<unknown>,
) {
  const id = idOf(c);
  const before = await getUser(c.var.deps, { ...c.var.actor, permission: "users:read", stepUp: false }, id);
  const problem = await refusalOf(() => work(id, before));
  return problem ? userPage(c, problem) : c.redirect(`/admin/users/${id}?done=${done}`, 303);
}

/**
 * One user, and what operators do to them.
 * @public
 */
export const adminUserPages = createPages()
  .get("/admin/users/:id", operator("users:read"), (c) => userPage(c))
  .post("/admin/users/:id", operator("users:write"), (c) =>
    act(c, "saved", async (id) => {
      const { email, name, email_verified: verified, ...was } = await readForm(c, change);
      await updateUser(c.var.deps, c.var.caller, c.var.actor, {
        id,
        ...(name !== was.was_name && { name: name ?? null }),
        ...(email !== was.was_email && { email }),
        ...(verified !== was.was_verified && { email_verified: verified !== undefined }),
      });
    }),
  )
  .post("/admin/users/:id/roles", operator("roles:assign", "step-up"), (c) =>
    act(c, "roles", async (id, before) => {
      const { was, roles: given } = await readForm(c, roles);
      // Given or taken since the form was shown: it would be undone unseen.
      if (was !== before.roles.join(" ")) throw new Problem("conflict");
      await setRoles(c.var.deps, c.var.caller, c.var.actor, { id, roles: given });
    }),
  )
  .post("/admin/users/:id/suspend", operator("users:write"), (c) =>
    act(c, "suspended", async (id) => {
      const { reason = null, until = null } = await readForm(c, suspend);
      await suspendUser(c.var.deps, c.var.caller, c.var.actor, { id, reason, until });
    }),
  )
  .post("/admin/users/:id/reinstate", operator("users:write"), (c) =>
    act(c, "reinstated", (id) => reinstateUser(c.var.deps, c.var.caller, c.var.actor, id)),
  )
  .post("/admin/users/:id/password-reset", operator("users:write"), (c) =>
    act(c, "reset", (id) => forceReset(c.var.deps, c.var.caller, c.var.actor, id)),
  )
  .post("/admin/users/:id/mfa", operator("users:write", "step-up"), (c) =>
    act(c, "factors", (id) => resetFactors(c.var.deps, c.var.caller, c.var.actor, id)),
  )
  .post("/admin/users/:id/sessions", operator("users:write"), (c) =>
    act(c, "ended", (id) => endUserSessions(c.var.deps, c.var.caller, c.var.actor, id)),
  )
  .post("/admin/users/:id/delete", operator("users:delete"), async (c) => {
    const { deps, caller, actor } = c.var;
    const id = idOf(c);
    const problem = await refusalOf(async () => {
      const { email } = await readForm(c, confirmed);
      const user = await getUser(deps, { ...actor, permission: "users:read" }, id);
      if (user.email.toLowerCase() !== email.trim().toLowerCase()) throw invalidField("/email", "invalid");
      await deleteUser(deps, caller, actor, id);
    });
    return problem ? userPage(c, problem) : c.redirect("/admin/users", 303);
  });
