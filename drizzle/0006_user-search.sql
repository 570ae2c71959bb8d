ALTER TABLE "auth"."users" ADD COLUMN "search" text GENERATED ALWAYS AS (lower(email || E'\n' || coalesce(name, ''))) STORED;
--> statement-breakpoint
-- How many rows a piece of text is in is judged by a sample of them: a larger one than is usual.
ALTER TABLE "auth"."users" ALTER COLUMN "search" SET STATISTICS 1000;
--> statement-breakpoint
-- Search in the middle of addresses and names. Without the extension a search finds by their beginnings.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'pg_trgm is not to be had here, so users are searched by the beginnings of address and name: %', SQLERRM;
END
$$;
--> statement-breakpoint
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm') THEN
    CREATE INDEX "users_search" ON "auth"."users" USING gin ("search" gin_trgm_ops);
  END IF;
END
$$;
--> statement-breakpoint
-- About how many users there are: as of the last analyze, which outlives a crash, or as counted since, which does not. In
-- PL/pgSQL, since the planner reckons with what a function answers only when it does not look into it.
CREATE FUNCTION "auth"."estimated_users"() RETURNS double precision
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (SELECT greatest(reltuples, pg_stat_get_live_tuples(oid), 0)
    FROM pg_class WHERE oid = 'auth.users'::regclass);
END
$$;
--> statement-breakpoint
ALTER TABLE "auth"."users" ALTER COLUMN "email_key" SET STATISTICS 1000;
--> statement-breakpoint
ALTER INDEX "auth"."users_name" ALTER COLUMN 1 SET STATISTICS 1000;
--> statement-breakpoint
-- With the id in it, who has a role is read from the index alone.
DROP INDEX "auth"."user_roles_role";
--> statement-breakpoint
CREATE INDEX "user_roles_role" ON "auth"."user_roles" USING btree ("role","user_id");
