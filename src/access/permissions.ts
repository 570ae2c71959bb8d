/** Everything an operator can be allowed to do. Roles, in the database, own sets of these. */
export const permissions = [
  "users:read",
  "users:write",
  "users:delete",
  "users:invite",
  "users:import",
  "users:export",
  "users:impersonate",
  "roles:read",
  "roles:write",
  "roles:assign",
  "audit:read",
  "stats:read",
  "outbox:read",
  "outbox:write",
] as const;

/** @public */
export type Permission = (typeof permissions)[number];
