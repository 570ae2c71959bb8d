import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { base64url } from "jose";
import { getViewer, type Viewer } from "../access/get-viewer.ts";
import type { AppEnv } from "../http/environment.ts";
import { retryAfter } from "../http/errors.ts";
import { type Problem, problems } from "../problems.ts";
import { Document, VisitorFrame } from "./layout.tsx";
import { AccountFrame, AdminFrame } from "./shell.tsx";

type PageOptions = {
  readonly title: string;
  readonly scripts?: readonly string[];
  /** Why the form that led here was refused: the reply has a status that says so. */
  readonly problem?: Problem | undefined;
  /** The page is reached by a mailed link: nobody is told that it was (`Referrer-Policy`). */
  readonly secret?: boolean;
  /** A visitor's page with more on it than one thing to do. */
  readonly wide?: boolean;
};

/**
 * A page for visitors.
 * @public
 */
export function renderVisitor(c: Context<AppEnv>, options: PageOptions, content: Child) {
  const frame = (
    <VisitorFrame c={c} title={options.title} wide={options.wide}>
      {content}
    </VisitorFrame>
  );
  return renderDocument(c, options, frame);
}

/**
 * A page of one's own account. `current` is the path that the navigation marks.
 * @public
 */
export function renderAccount(
  c: Context<AppEnv>,
  { viewer, current, ...options }: PageOptions & { viewer: Viewer; current: string },
  content: Child,
) {
  const frame = (
    <AccountFrame c={c} viewer={viewer} current={current} title={options.title}>
      {content}
    </AccountFrame>
  );
  return renderDocument(c, options, frame);
}

/**
 * A page of the console.
 * @public
 */
export function renderAdmin(
  c: Context<AppEnv>,
  { viewer, current, ...options }: PageOptions & { viewer: Viewer; current: string },
  content: Child,
) {
  const frame = (
    <AdminFrame c={c} viewer={viewer} current={current} title={options.title}>
      {content}
    </AdminFrame>
  );
  return renderDocument(c, options, frame);
}

/**
 * The viewer of a page beside what the page shows: two statements at once.
 * @public
 */
export function withViewer<T>(c: Context<AppEnv>, work: Promise<T>): Promise<[Viewer, T]> {
  return Promise.all([getViewer(c.var.deps, c.var.actor), work]);
}

function renderDocument(
  c: Context<AppEnv>,
  { title, scripts = [], problem, secret }: PageOptions,
  frame: Child,
) {
  const nonce = base64url.encode(c.var.deps.random.bytes(16));
  c.header("Content-Security-Policy", policy(nonce));
  c.header("Referrer-Policy", secret ? "no-referrer" : "same-origin");
  if (problem) c.set("refusal", problem.code);
  const seconds = problem && retryAfter(problem);
  if (seconds !== undefined) c.header("Retry-After", String(seconds));
  return c.html(
    <Document c={c} nonce={nonce} title={title} scripts={scripts}>
      {frame}
    </Document>,
    problem ? statusOf(problem) : 200,
  );
}

/** 401 would have to name a scheme of HTTP authentication (RFC 9110 §11.6.1), and a form is none. */
function statusOf({ code }: Problem) {
  const [status] = problems[code];
  return status === 401 ? 422 : status;
}

function policy(nonce: string): string {
  return (
    `default-src 'none'; script-src 'self' 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; ` +
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
  );
}
