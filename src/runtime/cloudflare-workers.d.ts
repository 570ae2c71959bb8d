/** The part of the platform's module that we use; its global types clash with the DOM's. */
declare module "cloudflare:workers" {
  export function waitUntil(work: Promise<unknown>): void;
}
