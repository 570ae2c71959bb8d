import { type SQL, sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { expect, it } from "vitest";
import { renderStatement } from "../../src/db/render.ts";
import { useService } from "../support/service.ts";

const service = useService();

it("renders what the service sends as Drizzle's own dialect does", async () => {
  const { db } = service.deps;
  const { execute } = db;
  const statements: SQL[] = [];
  db.execute = (statement: SQL) => {
    statements.push(statement);
    return execute.call(db, statement) as never;
  };
  const { email, access_token: token, refresh_token: refreshToken } = await service.signUp();
  await service.logIn(email);
  await service.refresh(refreshToken);
  for (const path of ["users/me", "users/me/sessions", "users/me/export"])
    await service.call("GET", path, { token });
  db.execute = execute;
  expect(statements.length).toBeGreaterThanOrEqual(8);
  const dialect = new PgDialect();
  for (const statement of statements) {
    const { sql: text, params } = dialect.sqlToQuery(statement);
    expect(renderStatement(statement)).toEqual({ text, params });
  }
});

it.each([
  ["an array, which would become a list", ["a"]],
  ["an object", { a: 1 }],
  ["a date", new Date(0)],
  ["nothing", undefined],
])("refuses %s as a parameter", (_, value) => {
  expect(() => renderStatement(sql`select ${value}`)).toThrow(TypeError);
});

it("numbers parameters as they come, through nested statements", () => {
  const inner = sql`b = ${2} and ${sql.raw("c")} = ${null}`;
  expect(renderStatement(sql`select ${"1"} where ${inner} or ${true}`)).toEqual({
    text: "select $1 where b = $2 and c = $3 or $4",
    params: ["1", 2, null, true],
  });
});
