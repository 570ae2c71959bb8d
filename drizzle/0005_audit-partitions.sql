ALTER TABLE "auth"."audit_events" RENAME TO "audit_events_unparted";
--> statement-breakpoint
ALTER TABLE "auth"."audit_details" RENAME TO "audit_details_unparted";
--> statement-breakpoint
CREATE TABLE "auth"."audit_events" (
	"id" uuid NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"action" text NOT NULL,
	"outcome" text NOT NULL,
	"actor_id" uuid,
	"subject_id" uuid,
	"session_id" uuid,
	"request_id" text NOT NULL,
	"details_hash" "bytea" NOT NULL,
	CONSTRAINT "audit_events_occurred_at_id_pk" PRIMARY KEY ("occurred_at","id")
) PARTITION BY RANGE ("occurred_at");
--> statement-breakpoint
CREATE TABLE "auth"."audit_details" (
	"event_id" uuid NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"salt" "bytea" NOT NULL,
	"ip" text,
	"user_agent" text,
	"email" text,
	"text" text,
	CONSTRAINT "audit_details_occurred_at_event_id_pk" PRIMARY KEY ("occurred_at","event_id")
) PARTITION BY RANGE ("occurred_at");
--> statement-breakpoint
-- Nothing is lost where no month fits: a clock that is off, or months without the work of every minute.
CREATE TABLE "auth"."audit_events_default" PARTITION OF "auth"."audit_events" DEFAULT;
--> statement-breakpoint
CREATE TABLE "auth"."audit_details_default" PARTITION OF "auth"."audit_details" DEFAULT;
--> statement-breakpoint
INSERT INTO "auth"."audit_events"
  SELECT "id", "occurred_at", "action", "outcome", "actor_id", "subject_id", "session_id", "request_id", "details_hash"
  FROM "auth"."audit_events_unparted";
--> statement-breakpoint
INSERT INTO "auth"."audit_details"
  SELECT d."event_id", e."occurred_at", d."salt", d."ip", d."user_agent", d."email", d."text"
  FROM "auth"."audit_details_unparted" d JOIN "auth"."audit_events_unparted" e ON e."id" = d."event_id";
--> statement-breakpoint
DROP TABLE "auth"."audit_details_unparted";
--> statement-breakpoint
DROP TABLE "auth"."audit_events_unparted";
--> statement-breakpoint
CREATE INDEX "audit_events_subject" ON "auth"."audit_events" USING btree ("subject_id","occurred_at","id");
--> statement-breakpoint
CREATE INDEX "audit_events_actor" ON "auth"."audit_events" USING btree ("actor_id","occurred_at","id");
--> statement-breakpoint
CREATE INDEX "audit_events_action" ON "auth"."audit_events" USING btree ("action","occurred_at","id");
--> statement-breakpoint
CREATE INDEX "audit_events_refused" ON "auth"."audit_events" USING btree ("occurred_at","id") WHERE outcome <> 'success';
--> statement-breakpoint
CREATE INDEX "audit_details_ip" ON "auth"."audit_details" USING btree ("ip","occurred_at","event_id");
