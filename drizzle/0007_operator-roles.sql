UPDATE "auth"."roles" SET "permissions" =
  '{users:read,users:write,users:delete,users:invite,users:import,users:export,users:impersonate,roles:read,roles:write,roles:assign,audit:read,stats:read,outbox:read,outbox:write}'
WHERE "name" = 'admin';
--> statement-breakpoint
INSERT INTO "auth"."roles" ("name", "permissions", "created_at") VALUES
  ('auditor', '{users:read,roles:read,audit:read,stats:read,outbox:read}', now())
ON CONFLICT ("name") DO NOTHING;
