/** The SQLSTATE of an error PostgreSQL itself reported; undefined for a failure to reach it. */
function sqlStateOf(error: unknown): string | undefined {
  const { severity, code } = (error ?? {}) as { severity?: unknown; code?: unknown };
  return typeof severity === "string" && typeof code === "string" ? code : undefined;
}

/**
 * A deadlock or a serialization failure: the statement was undone as a whole. Or it was sent behind one that prepares it
 * and failed (26000, 42P05), and never ran.
 * @public
 */
export function wasUndone(error: unknown): boolean {
  return ["40P01", "40001", "26000", "42P05"].includes(sqlStateOf(error) ?? "");
}

/**
 * Whether the database, not the statement, is at fault: unreachable, starting, stopping, out of
 * connections, over its time, also that for a lock, or at odds with itself (XX).
 * @public
 */
export function isOutage(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || /^(08|53|57|58|XX|25006|55P03)/.test(state);
}

/**
 * Whether nothing more can be sent over the connection that an error came by.
 * @public
 */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || /^(08|57P)/.test(state);
}

/**
 * A value that must be unique is there already.
 * @public
 */
export function violatesUniqueness(error: unknown): boolean {
  return sqlStateOf(error) === "23505";
}

/**
 * What a value refers to is gone, or is still referred to.
 * @public
 */
export function violatesReference(error: unknown): boolean {
  return sqlStateOf(error) === "23503";
}
