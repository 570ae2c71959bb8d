import type { Log } from "../ports.ts";

/** One JSON object a line on standard output. JSON keeps line breaks in values from forging lines. */
export const logToConsole: Log = (event, fields) => {
  console.log(JSON.stringify({ time: new Date().toISOString(), event, ...fields }));
};
