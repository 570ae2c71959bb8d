import type { Log } from "../ports.ts";

/** How long a line may wait for others, in ms: under load a write for each would cost as much as a query. */
const gatherMs = 10;

/** What JSON leaves as it is and a reader may take for a line break, a command to its terminal, or another order. */
const raw = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

const lineOf = (event: string, fields: Record<string, unknown>) =>
  JSON.stringify({ time: new Date().toISOString(), event, ...fields }).replace(raw, escaped);

/** One JSON object a line on standard output. JSON keeps line breaks in values from forging lines. */
export const logToConsole: Log = (event, fields) => console.log(lineOf(event, fields));

/**
 * The same, but that lines are written some at a time. `flush` writes those that wait: for the end of a process, which a
 * timer does not keep from ending.
 */
export function createGatheringLog(): { log: Log; flush: () => void } {
  let lines: string[] = [];
  const flush = () => {
    if (lines.length > 0) console.log(lines.join("\n"));
    lines = [];
  };
  const log: Log = (event, fields) => {
    if (lines.push(lineOf(event, fields)) === 1) setTimeout(flush, gatherMs);
  };
  return { log, flush };
}
