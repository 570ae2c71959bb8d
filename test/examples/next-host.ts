import { serve } from "@hono/node-server";
import { GET } from "../../examples/next-route.ts";

/** Calls the route handler as Next.js does: a Request in, a Response out. */
serve({ fetch: GET, port: Number(process.env.PORT), hostname: "127.0.0.1" });
