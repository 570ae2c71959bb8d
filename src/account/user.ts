/**
 * A user as its owner sees it (contract: objects).
 * @public
 */
export type User = {
  id: string;
  email: string;
  email_verified: boolean;
  name: string | null;
  locale: string | null;
  avatar_url: string | null;
  metadata: Record<string, unknown>;
  roles: string[];
  status: "active" | "suspended";
  has_password: boolean;
  mfa_enabled: boolean;
  created_at: string;
  updated_at: string;
  last_sign_in_at: string | null;
};

/**
 * A user as operators see it.
 * @public
 */
export type AdminUser = User & {
  external_id: string | null;
  app_metadata: Record<string, unknown>;
  suspended_until: string | null;
  suspended_reason: string | null;
};
