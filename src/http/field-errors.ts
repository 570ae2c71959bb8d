import type { z } from "zod";
import { type FieldCode, type FieldError, fieldError, fieldFaults } from "../problems.ts";

type Issue = z.core.$ZodIssue;

/** Turns Zod's findings into the wire's closed list of codes. The input is never echoed. */
export function fieldErrors(issues: readonly Issue[], input: unknown): FieldError[] {
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => fieldError(pointerTo([...issue.path, key]), "unknown_field"));
    }
    return fieldError(pointerTo(issue.path), codeOf(issue, input));
  });
}

/** RFC 6901. */
function pointerTo(path: readonly PropertyKey[]): string {
  const escaped = path.map((part) => String(part).replaceAll("~", "~0").replaceAll("/", "~1"));
  return escaped.map((part) => `/${part}`).join("");
}

function codeOf(issue: Issue, input: unknown): FieldCode {
  // A schema names a code of ours as its message where Zod's own would not tell enough.
  if (issue.message in fieldFaults) return issue.message as FieldCode;
  if (issue.code === "too_small") return "too_short";
  if (issue.code === "too_big") return "too_long";
  return valueAt(input, issue.path) === undefined ? "required" : "invalid";
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key],
    input,
  );
}
