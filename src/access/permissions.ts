/** Everything an operator can be allowed to do. Roles, in the database, own sets of these. */
export const permissions = ["users:read", "users:write", "roles:assign"] as const;

/** @public */
export type Permission = (typeof permissions)[number];
