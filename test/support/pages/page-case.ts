import type { Service } from "../service.ts";
import type { createVisitor } from "../visitor.ts";

/** One route of a page, and what it promises; `test/every-page.test.ts` holds each to it, and misses none. */
export type PageCase = {
  readonly method: "GET" | "POST";
  /** As the app has it: `/admin/users/:id`. */
  readonly route: string;
  /** Anyone, whoever is signed in, or who holds these permissions. */
  readonly who: "visitor" | "person" | (string & {});
  /** The most statements that a good request sends. */
  readonly statements: number;
  /** Makes a good request: what has to be there before it, and the request itself. */
  readonly good?: (given: {
    service: Service;
    visitor: ReturnType<typeof createVisitor>;
    email: string;
    password: string;
  }) => Promise<{ path?: string; form?: Record<string, string> }>;
  /** A form that can be read, where that comes before anything else. */
  readonly form?: Record<string, string>;
  /** What a good request is answered by; 200 for GET and 303 for POST when unsaid. */
  readonly status?: number;
};
