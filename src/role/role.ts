import type { Permission } from "../access/permissions.ts";

/** A named set of permissions, as the wire shows it. */
export type Role = { name: string; permissions: Permission[]; mfa_required: boolean; created_at: string };

/** What a role shall be. A field left out stays as it is. */
export type RoleChange = {
  readonly name: string;
  readonly permissions?: readonly string[] | undefined;
  readonly mfa_required?: boolean | undefined;
};
