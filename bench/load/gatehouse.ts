import { fork } from "node:child_process";
import { once } from "node:events";
import { freePort } from "../../scripts/postgres.ts";
import { type Account, createClient, freshEmail, freshIp, goodPassword } from "../../test/support/client.ts";
import { testEnvironment } from "../../test/support/environment.ts";
import { basic, clientToken, registerClient } from "../../test/support/machines.ts";
import { connectClient } from "../database.ts";
import { startServerProcess } from "../processes.ts";
import type { Ask, Asker } from "./loop.ts";
import type { Exercise, Operation } from "./target.ts";

/** Connections of what costs little, and of what is a password hash. */
export const [manyConnections, hashConnections] = [16, 8];

const issuer = "http://localhost:8787";

/** One environment for all of ours, so that the tokens of one are those of all. Hashes cost what they cost in production. */
export function benchEnvironment(databaseUrl: string, overrides: Record<string, string> = {}) {
  return testEnvironment({
    DATABASE_URL: databaseUrl,
    ISSUER: issuer,
    PASSWORD_SCRYPT_LN: "14",
    MAIL_TRANSPORT: "none", // mail is sent beside the requests, and would be counted with them
    TRUSTED_PROXIES: "127.0.0.0/8",
    THROTTLE_LOGIN_NETWORK: "1000000",
    THROTTLE_LOGIN_ACCOUNT: "1000000",
    ...overrides,
  });
}

type Environment = Record<string, string>;

/** From the bundle, with the flag of `start:node`. */
export async function startOnNode(name: string, environment: Environment) {
  const port = await freePort();
  return startServerProcess(name, ["--max-semi-space-size=8", "dist/node/server.js"], {
    origin: `http://127.0.0.1:${port}`,
    path: "/health/live",
    environment: { ...environment, PORT: String(port), HOST: "127.0.0.1" },
  });
}

/** In a process of its own: wrangler, and workerd below it. */
export async function startOnWorkerd(environment: Environment) {
  const child = fork("bench/apps/workerd.ts", { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const failed = once(child, "exit").then(() => Promise.reject(new Error("workerd did not start")));
  child.send(environment);
  const [{ origin, pid }] = (await Promise.race([once(child, "message"), failed])) as [
    { origin: string; pid: number },
  ];
  failed.catch(() => undefined);
  const stop = async () => {
    const ended = once(child, "exit");
    child.send("stop");
    await ended;
  };
  return { origin, pid, stop };
}

/** The accounts and the client that all of ours are exercised with. */
export async function prepareAccounts(origin: string, databaseUrl: string) {
  const { call, signUp } = clientOf(origin);
  const accounts: Account[] = [];
  for (let count = 0; count < manyConnections; count++) accounts.push(await signUp());
  const [admin] = accounts as [Account];
  const database = await connectClient(databaseUrl);
  await database.query("insert into auth.user_roles values ($1, 'admin') on conflict do nothing", [
    admin.user.id,
  ]);
  await database.end();
  const client = await registerClient({ call }, admin, { name: `bench-${Date.now()}` });
  return { accounts, admin, client };
}

export type Prepared = Awaited<ReturnType<typeof prepareAccounts>>;

function clientOf(origin: string) {
  return createClient((request, ip) => {
    for (const [name, value] of Object.entries(comingFrom(ip))) request.headers.set(name, value);
    return fetch(request);
  }, origin);
}

/** A trusted proxy's word, and Cloudflare's. */
const comingFrom = (ip: string) => ({ "x-forwarded-for": ip, "cf-connecting-ip": ip });

/** The exercises of one of ours, with sessions of its own. */
export async function exercisesOf(
  origin: string,
  { accounts, admin, client }: Prepared,
): Promise<Partial<Record<Operation, Exercise>>> {
  const { logIn, call } = clientOf(origin);
  const own: Account[] = [];
  for (const account of accounts) own.push({ ...account, ...(await logIn(account.email)).body });
  const operator = own.find(({ user }) => user.id === admin.user.id)?.access_token ?? "";
  const machine = await clientToken({ call }, client);
  const get = (path: string, token: string): Asker => {
    const ask: Ask = { method: "GET", path: `/api/v1${path}`, headers: { authorization: `Bearer ${token}` } };
    return { next: () => ask };
  };
  const hashing = own.slice(0, hashConnections);
  return {
    verify: { expected: 403, askers: [get("/users/me", machine)] },
    me: { expected: 200, askers: own.map(({ access_token: token }) => get("/users/me", token)) },
    refresh: { expected: 200, askers: own.map(({ refresh_token: token }) => refreshing(token)) },
    list: { expected: 200, askers: [get("/admin/users?limit=20", operator)] },
    token: {
      expected: 200,
      askers: [
        {
          next: () => ({
            method: "POST",
            path: "/oauth/token",
            headers: { ...basic(client), "content-type": "application/x-www-form-urlencoded" },
            body: "grant_type=client_credentials",
          }),
        },
      ],
    },
    login: { expected: 200, askers: hashing.map(({ email }) => posting("login", freshIp, () => email)) },
    signup: { expected: 201, askers: hashing.map(() => posting("signup", freshIp, freshEmail)) },
  };
}

/** Each asks with the token that the answer before brought. */
function refreshing(first: string): Asker {
  let token = first;
  return {
    next: () => ({
      method: "POST",
      path: "/api/v1/auth/refresh",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ refresh_token: token }),
    }),
    took: (body) => {
      token = JSON.parse(body).refresh_token;
    },
  };
}

function posting(route: "login" | "signup", ip: () => string, email: () => string): Asker {
  const own = ip();
  return {
    next: () => ({
      method: "POST",
      path: `/api/v1/auth/${route}`,
      // Sign-ups come from a network each, as those of strangers do; sign-ins of one from one.
      headers: { "content-type": "application/json", ...comingFrom(route === "signup" ? ip() : own) },
      body: JSON.stringify({ email: email(), password: goodPassword }),
    }),
  };
}
