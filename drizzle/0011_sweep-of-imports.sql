DROP INDEX "auth"."import_runs_started_at";--> statement-breakpoint
CREATE INDEX "import_runs_updated_at" ON "auth"."import_runs" USING btree ("updated_at");