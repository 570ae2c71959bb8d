import type { Actor } from "../access/run-as.ts";
import type { Caller, Deps } from "../ports.ts";
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
    dialect: "problem" | "oauth";
    language: Language;
  };
};
