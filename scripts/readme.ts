import { readFileSync, writeFileSync } from "node:fs";
import type { z } from "zod";
import { variables } from "../src/config-variables.ts";

const [from, to] = ["<!-- configuration -->\n", "<!-- /configuration -->"];

/** The README's configuration table, made from the variables themselves. */
export function configurationTable(): string {
  const rows = Object.entries<z.ZodType>(variables.shape).map(([name, schema]) => {
    const isOptional = schema.safeParse(undefined).success;
    const fallback = isOptional ? schema.parse(undefined) : undefined;
    const shown = isOptional ? (fallback === undefined ? "unset" : `\`${fallback}\``) : "required";
    return `| \`${name}\` | ${shown} | ${describe(schema)} |\n`;
  });
  return `| variable | default | meaning |\n|---|---|---|\n${rows.join("")}`;
}

/** A description sits on the schema that was described, which a default or a transform wraps. */
function describe(schema: z.ZodType): string {
  const inner = (schema as unknown as { def: { innerType?: z.ZodType } }).def.innerType;
  return schema.description ?? (inner ? describe(inner) : "");
}

/** The README with its generated part renewed. */
export function renewed(readme: string): string {
  const [head, rest] = readme.split(from);
  const tail = rest?.split(to)[1];
  if (tail === undefined) throw new Error("the README has lost the marks around its configuration table");
  return `${head}${from}${configurationTable()}${to}${tail}`;
}

if (import.meta.main) writeFileSync("README.md", renewed(readFileSync("README.md", "utf8")));
