import { randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { admin, jwt } from "better-auth/plugins";
import { Hono } from "hono";
import { Pool } from "pg";

/** The peer, as its documentation sets it up with Hono and `pg`. Its tables are made at the start. */
const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);
const cost = { N: 2 ** 14, r: 8, p: 5, maxmem: 2 ** 26 };
const { ORIGIN = "", PORT, DATABASE_URL } = process.env;

const auth = betterAuth({
  baseURL: ORIGIN,
  secret: "the tables outlive the process, and hold keys that are sealed by this",
  database: new Pool({ connectionString: DATABASE_URL, max: 10 }),
  emailAndPassword: {
    enabled: true,
    // The same hash for all, so that what is around it is compared.
    password: {
      hash: async (password) => {
        const salt = randomBytes(16);
        return `${salt.toString("hex")}:${(await derive(password, salt, 32, cost)).toString("hex")}`;
      },
      verify: async ({ hash, password }) => {
        const [salt = "", key = ""] = hash.split(":");
        return (await derive(password, Buffer.from(salt, "hex"), 32, cost)).equals(Buffer.from(key, "hex"));
      },
    },
  },
  rateLimit: { enabled: false }, // all requests come from one address here
  telemetry: { enabled: false },
  plugins: [jwt(), admin()],
});

const { runMigrations } = await getMigrations(auth.options);
await runMigrations();

const app = new Hono().on(["GET", "POST"], "/api/auth/*", (c) => auth.handler(c.req.raw));
serve({ port: Number(PORT), hostname: "127.0.0.1", fetch: app.fetch });
