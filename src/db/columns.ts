import { customType, pgSchema, timestamp } from "drizzle-orm/pg-core";

/**
 * Everything lives in the schema `auth`, so the service can share a database with an application.
 * @public
 */
export const auth = pgSchema("auth");

/**
 * An instant to the microsecond; what leaves the service is cut to milliseconds.
 * @public
 */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });

/** @public */
export const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
