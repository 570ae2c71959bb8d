import { parseEmailAddress } from "../lib/email-address.ts";
import { jsonDepth } from "../lib/json-depth.ts";
import { acceptHash } from "../lib/stored-hash.ts";
import { importLine, type lineCodes } from "./fields.ts";

export type LineCode = (typeof lineCodes)[number];

/** A user as a line describes it, ready to be stored. */
export type ImportedUser = {
  readonly email: string;
  readonly email_key: string;
  readonly email_verified: boolean;
  readonly name: string | null;
  readonly external_id: string | null;
  readonly roles: readonly string[];
  readonly metadata: Record<string, unknown>;
  readonly app_metadata: Record<string, unknown>;
  readonly password_hash: string | null;
  readonly created_at: string | null;
};

type Context = { readonly now: Date; readonly allowLocalhost: boolean };
type Given = Record<string, unknown> | null;

const deepest = 32;

/** The user that one line describes, or the first reason not to take it. */
export function parseLine(text: string, context: Context): ImportedUser | LineCode {
  const json = jsonDepth(text) > deepest ? undefined : parseJson(text);
  if (json === undefined) return "malformed_json";
  const { data, error } = importLine.safeParse(json);
  if (!data) return codeOf(error.issues[0], json as Given);
  const email = parseEmailAddress(data.email, context);
  if (!email) return "invalid_email";
  const { created_at = null, password_hash } = data;
  if (created_at !== null && Date.parse(created_at) > context.now.getTime()) return "invalid";
  const hash = password_hash == null ? null : acceptHash(password_hash);
  if (hash && !hash.ok) return hash.code;
  return {
    email: email.typed,
    email_key: email.key,
    email_verified: data.email_verified ?? false,
    name: data.name ?? null,
    external_id: data.external_id ?? null,
    roles: [...new Set(data.roles ?? ["user"])],
    metadata: data.metadata ?? {},
    app_metadata: data.app_metadata ?? {},
    password_hash: hash?.stored ?? null,
    created_at,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // what was wrong with it, the report does not say
  }
}

type Issue = { readonly code: string; readonly message: string; readonly path: readonly PropertyKey[] };

function codeOf(issue: Issue | undefined, given: Given): LineCode {
  if (issue?.code === "unrecognized_keys") return "unknown_field";
  if (issue?.code === "too_big" || issue?.message === "too_long") return "too_long";
  return issue?.path[0] === "email" && given?.email === undefined ? "required" : "invalid";
}
