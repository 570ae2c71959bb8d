import { writeFileSync } from "node:fs";
import type { JWK } from "jose";
import { withDeps } from "../../scripts/deps.ts";
import { freePort } from "../../scripts/postgres.ts";
import { parseConfig } from "../../src/config.ts";
import { startServerProcess } from "../processes.ts";
import { type Captured, captureAll } from "./captured.ts";
import type { Prepared } from "./gatehouse.ts";
import type { Exercise, Operation, Target } from "./target.ts";

/** What the floor works by: our keys, and our statements with the marks in their parameters. */
export type Floor = {
  readonly databaseUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly access: { readonly alg: string; readonly kid: string; readonly jwk: JWK };
  readonly refresh: { readonly kid: string; readonly secret: string };
} & Captured;

const file = ".gatehouse/bench/floor.json";

const paths: Partial<Record<Operation, string>> = { verify: "/verify" };

/** The same requests as ours, with sessions of their own, to a bare app that does the same by hand. */
export async function startFloor(
  environment: Record<string, string>,
  prepared: Prepared,
  exercises: Partial<Record<Operation, Exercise>>,
): Promise<Target> {
  const config = parseConfig(environment);
  const { signing } = config.accessToken;
  if (!("jwks" in signing)) throw new Error("the floor signs by a key pair");
  const [jwk] = signing.jwks as [JWK];
  const floor = await withDeps(config, async (deps): Promise<Floor> => {
    const { sign } = deps.keys.access;
    return {
      databaseUrl: config.databaseUrl,
      issuer: config.issuer,
      audience: config.audience,
      access: { alg: sign.alg, kid: sign.kid, jwk },
      refresh: { kid: deps.keys.refresh.sign.kid, secret: config.refreshToken.secret.current },
      ...(await captureAll(deps, prepared)),
    };
  });
  writeFileSync(file, JSON.stringify(floor));
  const port = await freePort();
  const server = await startServerProcess("floor", ["bench/apps/floor.ts", file], {
    origin: `http://127.0.0.1:${port}`,
    path: "/",
    environment: {
      PORT: String(port),
    },
  });
  const own = Object.entries(exercises).map(([operation, { askers, expected }]) => {
    const path = paths[operation as Operation];
    const moved = askers.map(({ next, took }) => ({
      next: () => {
        const ask = next();
        return { ...ask, path: path ?? ask.path.replace("/api/v1", "") };
      },
      ...(took && { took }),
    }));
    return [operation, { askers: moved, expected }];
  });
  return { name: "floor", ...server, exercises: Object.fromEntries(own) };
}
