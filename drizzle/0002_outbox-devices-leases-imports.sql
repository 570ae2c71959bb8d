CREATE TABLE "auth"."import_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sha256" text,
	"started_by" uuid,
	"byte_offset" bigint DEFAULT 0 NOT NULL,
	"lines" integer DEFAULT 0 NOT NULL,
	"accepted" integer DEFAULT 0 NOT NULL,
	"skipped" integer DEFAULT 0 NOT NULL,
	"refused" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"refused_count" integer DEFAULT 0 NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "auth"."leases" (
	"name" text PRIMARY KEY NOT NULL,
	"until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "auth"."outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"email" text NOT NULL,
	"email_key" text NOT NULL,
	"user_id" uuid,
	"epoch" integer,
	"session_id" uuid,
	"payload" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"template" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"delivered_at" timestamp with time zone,
	"last_error" text,
	"expires_at" timestamp with time zone,
	"sent_to" text,
	"tries" integer DEFAULT 0 NOT NULL,
	"guesses" integer DEFAULT 0 NOT NULL,
	"used_at" timestamp with time zone,
	CONSTRAINT "outbox_state" CHECK ("auth"."outbox"."state" in ('pending', 'sending', 'sent', 'skipped', 'dead'))
);
--> statement-breakpoint
CREATE TABLE "auth"."devices" (
	"user_id" uuid NOT NULL,
	"fingerprint" text NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	"unfamiliar" boolean DEFAULT true NOT NULL,
	CONSTRAINT "devices_user_id_fingerprint_pk" PRIMARY KEY("user_id","fingerprint")
);
--> statement-breakpoint
ALTER TABLE "auth"."outbox" ADD CONSTRAINT "outbox_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "auth"."devices" ADD CONSTRAINT "devices_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "auth"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "import_runs_started_at" ON "auth"."import_runs" USING btree ("started_at");--> statement-breakpoint
CREATE UNIQUE INDEX "import_runs_unfinished" ON "auth"."import_runs" USING btree ("sha256") WHERE finished_at is null and sha256 is not null;--> statement-breakpoint
CREATE INDEX "outbox_due" ON "auth"."outbox" USING btree ("due_at") WHERE state in ('pending', 'sending');--> statement-breakpoint
CREATE INDEX "outbox_address" ON "auth"."outbox" USING btree ("email_key","kind","created_at");--> statement-breakpoint
CREATE INDEX "outbox_user" ON "auth"."outbox" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "outbox_created_at" ON "auth"."outbox" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "devices_seen_at" ON "auth"."devices" USING btree ("seen_at");--> statement-breakpoint
CREATE INDEX "sessions_expires_at" ON "auth"."sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "sessions_ended_at" ON "auth"."sessions" USING btree ("ended_at");