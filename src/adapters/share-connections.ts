import type { Pool, PoolClient, QueryConfig, QueryResult } from "pg";
import { isConnectionLost } from "../lib/postgres-error.ts";
import { Unavailable } from "../ports.ts";

/** Connections that statements are shared out to before another is opened, and how deep. */
const [eager, depth] = [4, 4];
/** A connection that has been at one statement for longer, in ms, gets no more while there is another: it may wait for a lock. */
const longMs = 2;
/** Statements on a connection. Those of more would be answered too late. */
const deepest = 128;

/** A connection while there are statements on it. */
type Lane = { client?: Promise<PoolClient>; running: number; movedAt: number; isLost: boolean };

/**
 * Sends statements over the connections of a pool whose clients pipeline: under load several are on one connection, one
 * behind the other, which takes fewer system calls on both sides than a connection for each, and none waits for a
 * connection to come free. Each is a transaction of its own all the same. Where there is little to do each has a
 * connection to itself, and so has a statement without a name, which is one that may take long.
 * @throws Unavailable when too many wait on every connection.
 */
export function shareConnections(pool: Pool): (config: QueryConfig) => Promise<QueryResult> {
  const idle = (): Lane => ({ running: 0, movedAt: 0, isLost: false });
  const lanes = Array.from({ length: pool.options.max }, idle);

  // The pool listens to those that are idle alone, and one may break before we have it: without a listener that would end the
  // process. What was on it fails, and tells us.
  pool.on("connect", (client) => void client.on("error", () => undefined));

  const leave = (lane: Lane) => {
    const index = lanes.indexOf(lane);
    if (index >= 0) lanes[index] = idle();
  };

  /** One that may take long sets out on a connection where nothing is, if there is any. */
  function shortest(mayTakeLong: boolean): Lane {
    const now = performance.now();
    let [best, least] = [lanes[0] as Lane, Number.POSITIVE_INFINITY];
    for (const [index, lane] of lanes.entries()) {
      const isHeldUp = lane.running > 0 && now - lane.movedAt > longMs;
      const length = lane.running + (index < eager || mayTakeLong ? 0 : depth) + (isHeldUp ? 1000 : 0);
      if (length < least) [best, least] = [lane, length];
    }
    return best;
  }

  return async (config) => {
    const mayTakeLong = !config.name;
    const lane = shortest(mayTakeLong);
    if (lane.running >= deepest) throw new Unavailable("the database is behind");
    if (lane.running++ === 0) lane.movedAt = mayTakeLong ? Number.NEGATIVE_INFINITY : performance.now();
    lane.client ??= pool.connect();
    try {
      return await (await lane.client).query(config);
    } catch (error) {
      lane.isLost ||= isConnectionLost(error);
      if (lane.isLost) leave(lane);
      throw error;
    } finally {
      lane.movedAt = performance.now();
      if (--lane.running === 0) {
        leave(lane);
        lane.client.then(
          (client) => client.release(lane.isLost),
          () => undefined,
        );
      }
    }
  };
}
