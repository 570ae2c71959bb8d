import { SQL, StringChunk } from "drizzle-orm";

/** A statement as a driver sends it. */
export type Rendered = { readonly text: string; readonly params: unknown[] };

/**
 * The text and the parameters of a statement. We compose statements with Drizzle's `sql` and nothing else of it, so that this
 * does the same as its own dialect in a seventh of the time: that looks at each chunk for all it could be.
 * @throws TypeError for a chunk that is neither text, statement nor a value of JSON that is no object.
 * @public
 */
export function renderStatement(statement: SQL): Rendered {
  const params: unknown[] = [];
  let text = "";
  const append = ({ queryChunks }: SQL): void => {
    for (const chunk of queryChunks as readonly unknown[]) {
      if (chunk instanceof StringChunk)
        text += chunk.value.length === 1 ? chunk.value[0] : chunk.value.join("");
      else if (chunk instanceof SQL) append(chunk);
      else if (chunk === null || typeof chunk !== "object") text += parameter(chunk);
      else throw new TypeError("a statement holds something that is no parameter");
    }
  };
  const parameter = (value: unknown): string => {
    if (value === undefined) throw new TypeError("a statement holds a parameter that is undefined");
    params.push(value);
    return `$${params.length}`;
  };
  append(statement);
  return { text, params };
}
