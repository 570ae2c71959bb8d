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
	CONSTRAINT "audit_events_occurred_at_id_pk" PRIMARY KEY ("occurred_at","id"),
	CONSTRAINT "audit_events_occurred_at" CHECK (isfinite("occurred_at"))
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
-- Their names are needed here; their table goes below.
DROP INDEX "auth"."audit_events_subject", "auth"."audit_events_occurred_at";
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
--> statement-breakpoint
-- Append-only, whoever asks: events and seals are never changed, and details can only be erased.
CREATE FUNCTION "auth"."refuse_audit_change"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "auth"."audit_events"
  FOR EACH ROW EXECUTE FUNCTION "auth"."refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "never_altered" BEFORE UPDATE ON "auth"."audit_details"
  FOR EACH ROW EXECUTE FUNCTION "auth"."refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "append_only" BEFORE UPDATE OR DELETE ON "auth"."audit_seals"
  FOR EACH ROW EXECUTE FUNCTION "auth"."refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "never_emptied" BEFORE TRUNCATE ON "auth"."audit_seals"
  FOR EACH STATEMENT EXECUTE FUNCTION "auth"."refuse_audit_change"();
--> statement-breakpoint
REVOKE UPDATE, DELETE, TRUNCATE ON "auth"."audit_seals" FROM PUBLIC, CURRENT_USER;
--> statement-breakpoint
-- A seal that does not go on where the chain is, or ends where nothing happened, is left out: who only inserts, as the
-- service does, can neither fork the chain nor seal the future.
CREATE FUNCTION "auth"."keep_seal_in_chain"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  last auth.audit_seals;
BEGIN
  SELECT * INTO last FROM auth.audit_seals ORDER BY number DESC LIMIT 1;
  IF new.number <> coalesce(last.number, 0) + 1
    OR new.previous_hash <> coalesce(last.hash, decode(repeat('00', 32), 'hex'))
    OR new.window_end <= coalesce(last.window_end, '-infinity')
    OR NOT EXISTS (SELECT 1 FROM auth.audit_events WHERE occurred_at = new.window_end) THEN
    RETURN NULL;
  END IF;
  RETURN new;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "in_chain" BEFORE INSERT ON "auth"."audit_seals"
  FOR EACH ROW EXECUTE FUNCTION "auth"."keep_seal_in_chain"();
--> statement-breakpoint
-- What each table of the log needs by itself: grants are not inherited, nor are triggers on TRUNCATE.
CREATE FUNCTION "auth"."guard_audit_table"("name" text, "erasable" boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON auth.%I
    FOR EACH STATEMENT EXECUTE FUNCTION auth.refuse_audit_change()', name);
  EXECUTE format('REVOKE UPDATE, TRUNCATE ON auth.%I FROM PUBLIC, CURRENT_USER', name);
  IF NOT erasable THEN
    EXECUTE format('REVOKE DELETE ON auth.%I FROM PUBLIC, CURRENT_USER', name);
  END IF;
END
$$;
--> statement-breakpoint
SELECT "auth"."guard_audit_table"(name, name LIKE 'audit\_details%') FROM unnest(
  '{audit_events,audit_events_default,audit_details,audit_details_default}'::text[]) AS name;
--> statement-breakpoint
-- Makes the partitions of the month of an instant and of the three after it, where they are missing, and
-- says how many months it made. They are filled from their first day, so attaching them scans nothing. A
-- month that the default partition holds rows of already stays there.
CREATE FUNCTION "auth"."make_audit_partitions"("instant" timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  first_day timestamp;
  lower_end timestamptz;
  upper_end timestamptz;
  suffix text;
  base text;
  made integer := 0;
BEGIN
  -- One at a time; who comes second has nothing to do.
  IF NOT pg_try_advisory_xact_lock(hashtext('auth.make_audit_partitions')) THEN RETURN 0; END IF;
  FOR i IN 0..3 LOOP
    first_day := date_trunc('month', instant AT TIME ZONE 'UTC') + make_interval(months => i);
    suffix := to_char(first_day, 'YYYY_MM');
    CONTINUE WHEN to_regclass(format('auth.audit_events_%s', suffix)) IS NOT NULL;
    lower_end := first_day AT TIME ZONE 'UTC';
    upper_end := (first_day + interval '1 month') AT TIME ZONE 'UTC';
    CONTINUE WHEN EXISTS (
      SELECT 1 FROM auth.audit_events_default WHERE occurred_at >= lower_end AND occurred_at < upper_end);
    -- Attaching locks these anyway. Locked before the second look, no row comes between the two.
    LOCK TABLE auth.audit_events_default, auth.audit_details_default IN ACCESS EXCLUSIVE MODE;
    CONTINUE WHEN EXISTS (
      SELECT 1 FROM auth.audit_events_default WHERE occurred_at >= lower_end AND occurred_at < upper_end
      UNION ALL
      SELECT 1 FROM auth.audit_details_default WHERE occurred_at >= lower_end AND occurred_at < upper_end);
    FOREACH base IN ARRAY '{audit_events,audit_details}'::text[] LOOP
      EXECUTE format('CREATE TABLE auth.%I (LIKE auth.%I INCLUDING ALL)', base || '_' || suffix, base);
      EXECUTE format('ALTER TABLE auth.%I ATTACH PARTITION auth.%I FOR VALUES FROM (%L) TO (%L)',
        base, base || '_' || suffix, lower_end, upper_end);
      PERFORM auth.guard_audit_table(base || '_' || suffix, base = 'audit_details');
    END LOOP;
    made := made + 1;
  END LOOP;
  RETURN made;
EXCEPTION WHEN lock_not_available THEN
  RETURN 0; -- somebody reads the log for long; whoever writes to it must not wait behind us
END
$$;
--> statement-breakpoint
-- Drops the months, events and details together, that ended before an instant, and says how many. It goes by
-- its own clock and not its caller's word: none that ended less than 30 days ago, none with an event unsealed.
CREATE FUNCTION "auth"."drop_audit_partitions"("ended_before" timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  latest timestamptz := least(ended_before, clock_timestamp() - interval '30 days');
  sealed_until timestamptz := (SELECT max(window_end) FROM auth.audit_seals);
  suffix text;
  is_unsealed boolean;
  dropped integer := 0;
BEGIN
  FOR suffix IN
    SELECT right(c.relname, 7) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'auth.audit_events'::regclass AND c.relname ~ '^audit_events_\d{4}_\d{2}$'
      AND (to_date(right(c.relname, 7), 'YYYY_MM')::timestamp + interval '1 month') AT TIME ZONE 'UTC' <= latest
    ORDER BY 1
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM auth.%I WHERE occurred_at > coalesce($1, ''-infinity''))',
      'audit_events_' || suffix) INTO is_unsealed USING sealed_until;
    CONTINUE WHEN is_unsealed;
    EXECUTE format('DROP TABLE auth.%I', 'audit_events_' || suffix);
    EXECUTE format('DROP TABLE IF EXISTS auth.%I', 'audit_details_' || suffix);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
EXCEPTION WHEN lock_not_available THEN
  RETURN 0; -- as above
END
$$;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION "auth"."refuse_audit_change"(), "auth"."keep_seal_in_chain"(), "auth"."guard_audit_table"(text, boolean),
  "auth"."make_audit_partitions"(timestamptz), "auth"."drop_audit_partitions"(timestamptz) FROM PUBLIC;
--> statement-breakpoint
SELECT "auth"."make_audit_partitions"(now());
--> statement-breakpoint
-- The months of what is there already; its newer months have been made.
SELECT "auth"."make_audit_partitions"(m."month" AT TIME ZONE 'UTC') FROM (
  SELECT DISTINCT date_trunc('month', "occurred_at" AT TIME ZONE 'UTC') AS "month"
  FROM "auth"."audit_events_unparted") m;
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
