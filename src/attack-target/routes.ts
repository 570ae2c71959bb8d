import { createRouter } from "../http/router.ts";

/**
 * Says that whoever runs this service agrees to be attacked by `npm run attack`, which asks first. No secret: it names a target,
 * and opens nothing.
 * @public
 */
export function attackTargetRoutes(token: string) {
  return createRouter().get("/.well-known/gatehouse-attack-target", (c) => c.text(`${token}\n`));
}
