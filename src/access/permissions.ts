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
  "clients:read": "List machine clients",
  "clients:write": "Register, change and delete machine clients, with scopes that one holds oneself",
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

/**
 * What no program may do, whoever registered it: become somebody, or hand out what it may not do itself.
 * @public
 */
export const forPeopleOnly: ReadonlySet<string> = new Set<Permission>([
  "users:impersonate",
  "users:invite",
  "roles:write",
  "roles:assign",
  "clients:write",
]);
