/** The parts of the platform's modules that we use; its global types clash with the DOM's. */
declare module "cloudflare:workers" {
  export function waitUntil(work: Promise<unknown>): void;
}

declare module "cloudflare:sockets" {
  export const connect: import("../adapters/smtp-session.ts").Connect;
}
