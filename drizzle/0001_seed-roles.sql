INSERT INTO "auth"."roles" ("name", "permissions", "created_at") VALUES
  ('user', '{}', now()),
  ('admin', '{users:read,users:write,roles:assign}', now());
