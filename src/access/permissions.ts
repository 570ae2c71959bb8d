/**
 * Everything an operator can be allowed to do, and what that means. Roles, in the database, own sets of these.
 * @public
 */
export const permissions = {
  "users:read": "List and read users and their sessions",
  "users:write": "Create and change users, suspend and reinstate them, end their sessions, force a reset",
  "users:delete": "Delete users for good",
  "users:invite": "Invite by mail",
  "users:import": "Import users",
  "users:export": "Export all users",
  "users:impersonate": "Act as a user who holds no permission",
  "roles:read": "List roles and permissions",
  "roles:write": "Make, change and delete roles",
  "roles:assign": "Give roles to users and take them away",
  "audit:read": "Read and export the audit log",
  "stats:read": "Read the daily numbers",
  "outbox:read": "See what became of mails",
  "outbox:write": "Have dead mails tried again",
} as const;

/** @public */
export type Permission = keyof typeof permissions;

/**
 * The names of all, in the order of the table.
 * @public
 */
export const permissionNames = Object.keys(permissions) as [Permission, ...Permission[]];
