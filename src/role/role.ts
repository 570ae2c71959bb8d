import type { Permission } from "../access/permissions.ts";

/** A named set of permissions, as the wire shows it. */
export type Role = { name: string; permissions: Permission[]; created_at: string };
