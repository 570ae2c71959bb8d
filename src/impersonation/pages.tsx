import { z } from "@hono/zod-openapi";
import { idParam } from "../http/fields.ts";
import { readForm } from "../http/form.ts";
import { drop, keep } from "../http/page-cookies.ts";
import { operator, person } from "../http/pages.ts";
import { createPages } from "../ui/pages.tsx";
import { endImpersonation } from "./end-impersonation.ts";
import { reasonField } from "./fields.ts";
import { impersonate } from "./impersonate.ts";
import { sealImpersonation } from "./page-impersonation.ts";

const stated = z.object({ reason: reasonField });

/**
 * Acting as a user, and no longer.
 * @public
 */
export const impersonationPages = createPages()
  .post("/admin/users/:id/impersonate", operator("users:impersonate", "step-up"), async (c) => {
    const { deps, caller, actor } = c.var;
    const { reason } = await readForm(c, stated);
    const { id } = idParam.parse(c.req.param());
    const { grant, impersonator } = await impersonate(deps, caller, actor, { id, reason });
    const { text, lifeSeconds } = sealImpersonation(deps, grant.userId, actor.sessionId, impersonator);
    keep(c, "impersonation", text, lifeSeconds);
    return c.redirect("/account", 303);
  })
  .post("/impersonation/end", person("impersonators too"), async (c) => {
    const { deps, caller, actor } = c.var;
    drop(c, "impersonation");
    if (!actor.impersonator) return c.redirect("/account", 303);
    await endImpersonation(deps, caller, actor);
    return c.redirect(`/admin/users/${actor.userId}?done=stopped`, 303);
  });
