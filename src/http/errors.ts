import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { acr } from "../access/assurance.ts";
import { OAuthError, oauthErrors } from "../oauth-error.ts";
import { Busy, Unavailable } from "../ports.ts";
import { freshSeconds, Problem, type ProblemCode, problems } from "../problems.ts";
import type { AppEnv } from "./environment.ts";

const retryAfterSeconds: Partial<Record<ProblemCode, number>> = { unavailable: 2, busy: 1 };

/**
 * When to try again, in seconds, where that is of use.
 * @public
 */
export function retryAfter({ code, extras }: Problem): number | undefined {
  return extras.retryAfterSeconds ?? retryAfterSeconds[code];
}

/**
 * Renders any failure: a Problem as it is, a known infrastructure fault as 503, the rest as 500.
 * @public
 */
export function onError(error: Error, c: Context<AppEnv>): Response {
  if (error instanceof OAuthError) return renderOAuthError(c, error);
  const problem = toProblem(error);
  logFailure(c, problem);
  return render(c, problem);
}

/**
 * Notes why a request failed on our side.
 * @public
 */
export function logFailure(c: Context<AppEnv>, problem: Problem): void {
  const { code, extras } = problem;
  if (problems[code][0] < 500) return;
  const cause = rootOf(extras.cause instanceof Error ? extras.cause : problem);
  c.var.deps.log("http.failure", { request_id: c.var.requestId, code, ...describe(cause) });
}

/**
 * What has no route: 405 with Allow where the path exists under another method, else 404.
 * @public
 */
export function notFound(c: Context<AppEnv>, methodsOf: (path: string) => string[]): Response {
  const allow = methodsOf(c.req.path);
  const known = allow.length > 0 && !allow.includes(c.req.method);
  return render(c, known ? new Problem("method_not_allowed", { allow }) : new Problem("not_found"));
}

function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}

/** What a log may hold of a failure. PostgreSQL quotes values in errors of classes 22 and 23. */
function describe(error: Error & { code?: unknown }) {
  const { name, message, stack, code } = error;
  const quotesValues = typeof code === "string" && /^2[23][0-9A-Z]{3}$/.test(code);
  return quotesValues ? { name, sqlstate: code } : { name, message, stack, sqlstate: code };
}

/** @public */
export function toProblem(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException) {
    if (error.status === 415) return new Problem("unsupported_media_type");
    if (error.status < 500) return new Problem("malformed_json", { cause: error });
  }
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof Unavailable) return new Problem("unavailable", { cause });
    if (cause instanceof Busy) return new Problem("busy", { cause });
  }
  return new Problem("internal", { cause: error });
}

function render(c: Context<AppEnv>, problem: Problem): Response {
  const { code, extras } = problem;
  const [status, detail] = problems[code];
  const seconds = retryAfter(problem);
  c.set("refusal", code);
  if (seconds !== undefined) c.header("Retry-After", String(seconds));
  if (extras.allow) c.header("Allow", extras.allow.join(", "));
  if (c.get("dialect") === "oauth") return renderOAuth(c, problem);
  if (status === 401) c.header("WWW-Authenticate", challenge(problem));
  const document = {
    type: `${c.var.deps.config.publicUrl}/docs#${code}`,
    title: code.replaceAll("_", " "),
    status,
    detail,
    code,
    request_id: c.var.requestId,
    ...(extras.errors && { errors: extras.errors }),
    ...secondStep(c, problem),
  };
  return c.body(JSON.stringify(document), status, { "Content-Type": "application/problem+json" });
}

/** RFC 6750 §3.1: no error code when the request carried no token at all. RFC 9470 §3 for the step-up. */
function challenge({ code, extras }: Problem): string {
  const realm = 'Bearer realm="gatehouse"';
  if (code === "invalid_token") return `${realm}, error="invalid_token"`;
  if (code !== "reauthentication_required") return realm;
  const demands = `max_age=${freshSeconds}, acr_values="${extras.acr ?? acr.one}"`;
  return `${realm}, error="insufficient_user_authentication", ${demands}`;
}

/** What the client needs to go on with a sign-in or a step-up. */
function secondStep(c: Context<AppEnv>, { extras: { mfaToken, methods } }: Problem) {
  // Where no mail leaves, a mailed code is no way.
  const open = methods?.filter((method) => method !== "email_code" || c.var.deps.config.mail);
  return { ...(mfaToken !== undefined && { mfa_token: mfaToken }), ...(open && { methods: open }) };
}

/** Said after the right password only, and so of the grant. */
const refusesGrant: ReadonlySet<ProblemCode> = new Set(["account_suspended", "email_not_verified"]);

/** RFC 6749 §5.2: a client that is refused is told how it could have authenticated. */
function renderOAuthError(c: Context<AppEnv>, { code }: OAuthError): Response {
  const [status, description] = oauthErrors[code];
  c.set("refusal", code);
  if (status === 401) c.header("WWW-Authenticate", 'Basic realm="gatehouse"');
  return c.json({ error: code, error_description: description }, status);
}

/** A form-encoded request to a token route is answered in RFC 6749 §5.2. */
function renderOAuth(c: Context<AppEnv>, problem: Problem): Response {
  const [status, detail] = problems[problem.code];
  if (problem.code === "mfa_required") {
    return c.json({ error: problem.code, error_description: detail, ...secondStep(c, problem) }, status);
  }
  const wrongGrant = problem.extras.errors?.some(({ pointer }) => pointer === "/grant_type");
  const [error, answer] = wrongGrant
    ? (["unsupported_grant_type", 400] as const)
    : status === 401 || refusesGrant.has(problem.code)
      ? (["invalid_grant", 400] as const)
      : status === 429 || status === 503
        ? (["temporarily_unavailable", status] as const)
        : status === 500
          ? (["server_error", status] as const)
          : (["invalid_request", status === 403 || status === 422 ? 400 : status] as const);
  return c.json({ error, error_description: detail }, answer);
}
