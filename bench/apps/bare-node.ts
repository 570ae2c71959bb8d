import { serve } from "@hono/node-server";
import { Hono } from "hono";

/** The least that a service of Hono on Node is. */
const app = new Hono().get("/api/v1/users/me", (c) => c.json({ id: "0199a1b2", email: "ada@example.com" }));

serve({ port: Number(process.env.PORT), hostname: "127.0.0.1", fetch: app.fetch });
