CREATE TABLE "auth"."audit_seals" (
	"number" integer PRIMARY KEY NOT NULL,
	"window_end" timestamp with time zone NOT NULL,
	"events" integer NOT NULL,
	"rows_hash" "bytea" NOT NULL,
	"previous_hash" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	"signature" "bytea" NOT NULL,
	"public_key" "bytea" NOT NULL,
	"sealed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "auth"."daily_counts" (
	"day" date NOT NULL,
	"metric" text NOT NULL,
	"shard" smallint NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "daily_counts_day_metric_shard_pk" PRIMARY KEY("day","metric","shard")
);
--> statement-breakpoint
ALTER TABLE "auth"."sessions" ADD COLUMN "first_of_day" boolean DEFAULT false NOT NULL;
--> statement-breakpoint
CREATE INDEX "users_email" ON "auth"."users" USING btree ((email_key collate "C"),"id");
--> statement-breakpoint
CREATE INDEX "users_name" ON "auth"."users" USING btree ((lower(coalesce(name, '')) collate "C"),"id");
--> statement-breakpoint
CREATE INDEX "users_last_sign_in_at" ON "auth"."users" USING btree (coalesce(last_sign_in_at, '-infinity'),"id");
--> statement-breakpoint
CREATE INDEX "users_suspended" ON "auth"."users" USING btree ("created_at","id") WHERE status = 'suspended';
--> statement-breakpoint
CREATE INDEX "users_unverified" ON "auth"."users" USING btree ("created_at","id") WHERE not email_verified;
--> statement-breakpoint
CREATE INDEX "outbox_state" ON "auth"."outbox" USING btree ("state","id");
