import type { Bearer } from "../access/bearer.ts";
import type { Actor } from "../access/run-as.ts";
import type { OAuthErrorCode } from "../oauth-error.ts";
import type { Caller, Deps } from "../ports.ts";
import type { ProblemCode } from "../problems.ts";
import type { Language } from "./language.ts";

/**
 * What a runtime hands over with each request: the peer's address (undefined when it does not know),
 * at an edge that locates its clients the place, and where no platform serves static files a reader.
 * @public
 */
export type Edge = {
  readonly remoteAddress: string | undefined;
  readonly place?: Caller["place"];
  readonly assets?: (name: string) => Promise<Response | undefined>;
};

/**
 * Hono's types of our bindings and of what middleware puts beside a request.
 * @public
 */
export type AppEnv = {
  Bindings: Edge;
  Variables: {
    deps: Deps;
    requestId: string;
    caller: Caller;
    actor: Actor;
    /** Who asks, whether or not they may, for the log alone. Nothing is decided by it. */
    asker: Bearer | undefined;
    /** What the request was refused for, for the log. */
    refusal: ProblemCode | OAuthErrorCode | undefined;
    dialect: "problem" | "oauth";
    language: Language;
  };
};
