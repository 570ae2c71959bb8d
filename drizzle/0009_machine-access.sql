CREATE TABLE "auth"."api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"epoch" integer NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"acr" text NOT NULL,
	"factor_id" uuid,
	"created_at" timestamp with time zone NOT NULL,
	"last_used_at" timestamp with time zone,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "auth"."client_secrets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"client_id" uuid NOT NULL,
	"hash" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"last_used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "auth"."clients" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"auth_method" text NOT NULL,
	"scopes" text[] NOT NULL,
	"audiences" text[] NOT NULL,
	"jwks" jsonb,
	"keys_id" uuid,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "auth"."revocations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"revoked_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "auth"."users" ADD COLUMN "epoch_raised_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "auth"."users" ADD COLUMN "key_epoch" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "auth"."api_keys" ADD CONSTRAINT "api_keys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "auth"."client_secrets" ADD CONSTRAINT "client_secrets_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "auth"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_keys_user_id" ON "auth"."api_keys" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "api_keys_revoked_at" ON "auth"."api_keys" USING btree ("revoked_at");--> statement-breakpoint
CREATE INDEX "api_keys_expires_at" ON "auth"."api_keys" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "client_secrets_client_id" ON "auth"."client_secrets" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "revocations_revoked_at" ON "auth"."revocations" USING btree ("revoked_at");--> statement-breakpoint
CREATE INDEX "users_epoch_raised_at" ON "auth"."users" USING btree ("epoch_raised_at") WHERE epoch_raised_at is not null;--> statement-breakpoint
UPDATE "auth"."roles" SET "permissions" =
  '{users:read,users:write,users:delete,users:invite,users:import,users:export,users:impersonate,roles:read,roles:write,roles:assign,clients:read,clients:write,audit:read,stats:read,outbox:read,outbox:write}'
WHERE "name" = 'admin';
