import { startNeonServer } from "../../scripts/neon-server.ts";

/** Neon's protocol in front of the PostgreSQL of a bench. */
const { endpoint } = await startNeonServer();
process.send?.(endpoint);
