-- Search in the middle of addresses and names. Without the extension a search finds by their beginnings.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX "users_search" ON "auth"."users" USING gin ((email || E'\n' || coalesce(name, '')) gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'pg_trgm is not to be had here: users are searched by the beginnings of address and name';
END
$$;
