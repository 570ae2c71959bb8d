UPDATE "auth"."roles" SET "permissions" =
  '{users:read,users:write,users:invite,users:import,roles:assign,outbox:read,outbox:write}'
WHERE "name" = 'admin';
