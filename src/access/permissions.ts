/** Everything an operator can be allowed to do. Roles, in the database, own sets of these. */
export const permissions = [
  "users:read",
  "users:write",
  "users:invite",
  "users:import",
  "roles:assign",
  "outbox:read",
  "outbox:write",
] as const;

/** @public */
export type Permission = (typeof permissions)[number];
