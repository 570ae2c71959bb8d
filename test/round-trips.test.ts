import { beforeAll, describe, expect, it } from "vitest";
import type { Account } from "./support/client.ts";
import { exchanges, prepare } from "./support/exchanges.ts";
import { halfSignIn } from "./support/factors.ts";
import { passkeysOf } from "./support/passkeys.ts";
import { useService } from "./support/service.ts";
import { useStatementCounter } from "./support/statement-counter.ts";

const service = useService({ THROTTLE: "off" });

let admin: Account;
let user: Account;

const bearer = () => ({ token: user.access_token });
const routes = exchanges(service, { admin: () => admin, user: () => user });

const countedByPostgres = useStatementCounter(() => service.database);

/** Statements that went over the wire meanwhile, and that PostgreSQL says it ran, which have to be as many. */
async function countStatements(work: () => Promise<unknown>): Promise<number> {
  const [before, runBefore] = [service.statements.length, await countedByPostgres()];
  await work();
  const counted = service.statements.length - before;
  const run = await countedByPostgres();
  if (run !== undefined) expect(run - (runBefore ?? 0)).toBe(counted);
  return counted;
}

beforeAll(async () => {
  admin = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
});

describe("statements per request", () => {
  it("declares a budget for every route of the OpenAPI document, and for no other", async () => {
    const { body } = await service.call<{ paths: Record<string, object> }>("GET", "/openapi.json");
    const documented = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(documented.sort()).toEqual(Object.keys(routes).sort());
  });

  it.each(Object.entries(routes))("%s stays in its budget", async (name, exchange) => {
    user = await service.signUp();
    await service.call("POST", "/dev/outbox/drain");
    const { ask } = await prepare(service, [name, exchange], user);
    let answered = 0;
    const counted = await countStatements(async () => {
      answered = (await ask()).status;
    });
    expect([answered, counted]).toEqual([exchange.status, exchange.budget]);
  });

  it("spends one on the options of a passkey for a known user", async () => {
    user = await service.signUp();
    await passkeysOf(service).enrol(user.access_token);
    const mfa_token = await halfSignIn(service, user);
    for (const sent of [{ json: { mfa_token } }, bearer()]) {
      let status = 0;
      const counted = await countStatements(async () => {
        status = (await service.call("POST", "auth/passkey/options", sent)).status;
      });
      expect([status, counted]).toEqual([200, 1]);
    }
  });

  it("spends nothing on a token that is forged, expired or of another kind", async () => {
    user = await service.signUp();
    const forged = `${user.access_token.slice(0, -8)}AAAAAAAA`;
    const spent = await countStatements(async () => {
      for (const token of [forged, user.refresh_token, "a.b.c"]) {
        expect((await service.call("GET", "users/me", { token })).status).toBe(401);
      }
      expect((await service.refresh(user.access_token)).status).toBe(401);
      expect((await service.refresh(`${user.refresh_token.slice(0, -8)}AAAAAAAA`)).status).toBe(401);
    });
    service.advance(8 * 86_400);
    const late = await countStatements(async () => {
      expect((await service.call("GET", "users/me", { token: user.access_token })).status).toBe(401);
      expect((await service.refresh(user.refresh_token)).status).toBe(401);
    });
    expect([spent, late]).toEqual([0, 0]);
  });

  it("would notice one statement more", async () => {
    user = await service.signUp();
    const { execute } = service.deps.db;
    // The planted defect: a read before each statement, as an unwary hand would add.
    service.deps.db.execute = async (statement) => {
      await execute.call(service.deps.db, "select 1" as never);
      return execute.call(service.deps.db, statement) as never;
    };
    const counted = await countStatements(() => service.call("GET", "users/me", bearer()));
    service.deps.db.execute = execute;
    expect(counted).not.toBe(routes["get /api/v1/users/me"]?.budget);
  });
});
