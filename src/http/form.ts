import type { Context } from "hono";
import type { z } from "zod";
import type { PageRequest } from "../page.ts";
import { Busy } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { AppEnv } from "./environment.ts";
import { fieldErrors } from "./field-errors.ts";
import { pageQuery } from "./paging.ts";

/** A field that is left empty is one that is not there; of a name that comes twice, both come. */
async function fieldsOf(c: Context<AppEnv>): Promise<Record<string, string | string[]>> {
  const form = new URLSearchParams(await c.req.text());
  return Object.fromEntries(
    [...new Set(form.keys())].flatMap((name) => {
      const values = form.getAll(name).filter((value) => value !== "");
      return values.length === 0 ? [] : [[name, values.length === 1 ? (values[0] ?? "") : values]];
    }),
  );
}

/**
 * The fields of a posted form. Unknown ones are left out.
 * @throws Problem `invalid_fields` naming each by its pointer, as for the API.
 * @public
 */
export async function readForm<T extends z.ZodType>(c: Context<AppEnv>, schema: T): Promise<z.output<T>> {
  const fields = await fieldsOf(c);
  const parsed = schema.safeParse(fields);
  if (!parsed.success)
    throw new Problem("invalid_fields", { errors: fieldErrors(parsed.error.issues, fields) });
  return parsed.data;
}

/**
 * What a form was refused for, or undefined. What no form can be blamed for is thrown on: a session that is over, a step-up
 * that is due, a dependency that is down.
 * @public
 */
export async function refusalOf(work: () => Promise<unknown>): Promise<Problem | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const problem = error instanceof Busy ? new Problem("busy", { cause: error }) : error;
    if (!(problem instanceof Problem) || notTheForms.has(problem.code)) throw error;
    return problem;
  }
}

const notTheForms = new Set<Problem["code"]>([
  "invalid_token",
  "missing_token",
  "not_allowed",
  "reauthentication_required",
  "internal",
]);

/**
 * The query of a page, of which it knows what `schema` names. What is left empty is not there, as in a form.
 * @throws Problem `invalid_fields`.
 * @public
 */
export function readQuery<T extends z.ZodObject>(c: Context<AppEnv>, schema: T): z.output<T> {
  const query = c.req.query();
  const known = Object.entries(query).filter(([name, value]) => name in schema.shape && value !== "");
  const parsed = schema.safeParse(Object.fromEntries(known));
  if (!parsed.success)
    throw new Problem("invalid_fields", { errors: fieldErrors(parsed.error.issues, query) });
  return parsed.data;
}

/**
 * Which page of a list is asked for.
 * @throws Problem `invalid_fields`.
 * @public
 */
export function readPaging(c: Context<AppEnv>): PageRequest {
  return { cursor: undefined, ...readQuery(c, pageQuery) };
}
