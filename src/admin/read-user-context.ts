import type { Permission } from "../access/permissions.ts";
import type { Actor } from "../access/run-as.ts";
import type { AdminUser } from "../account/user.ts";
import { type AuditEvent, listEvents } from "../audit/list-events.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { listRoles } from "../role/list-roles.ts";
import { listSessions, type SessionView } from "../session/list-sessions.ts";
import { getUser } from "./manage-user.ts";

export type UserContext = {
  user: AdminUser;
  sessions: SessionView[];
  /** Undefined to an operator who may not read them. */
  events: AuditEvent[] | undefined;
  /** The roles there are to give by name, and every one that the user has; undefined likewise. */
  roles: string[] | undefined;
};

/**
 * A user with what an operator sees beside: sessions, the newest events, and the roles there are to give. Each is asked for
 * under its own permission, all at once. @throws Problem `not_found`, `not_allowed`.
 */
export async function readUserContext(
  deps: Pick<Deps, "db" | "clock" | "random" | "keys">,
  operator: Actor,
  id: string,
): Promise<UserContext> {
  const by = (permission: Permission): Actor => ({ ...operator, permission });
  const [user, sessions, events, roles] = await Promise.all([
    getUser(deps, by("users:read"), id),
    listSessions(deps, by("users:read"), { userId: id, limit: 20, cursor: undefined }),
    ifAllowed(listEvents(deps, by("audit:read"), { filter: { subject: id }, limit: 20, cursor: undefined })),
    ifAllowed(listRoles(deps, by("roles:read"), { limit: 100, cursor: undefined })),
  ]);
  return {
    user,
    sessions: sessions.data,
    events: events?.data,
    // A form gives exactly what is ticked: a role that it does not offer would be taken away.
    roles: roles && [...new Set([...roles.data.map(({ name }) => name), ...user.roles])],
  };
}

/** A role that takes two factors of whoever shows one allows nothing here. */
async function ifAllowed<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const isRefused =
      error instanceof Problem &&
      (error.code === "not_allowed" || error.code === "reauthentication_required");
    if (!isRefused) throw error;
    return undefined;
  }
}
