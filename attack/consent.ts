/** Where a host says that it agrees, and by which token. */
const path = "/.well-known/gatehouse-attack-target";

/**
 * Whether whoever runs `origin` agreed to be attacked: it answers with the token that both were given.
 * @throws Error that says why not.
 */
export async function requireConsent(origin: string, token: string): Promise<void> {
  const reply = await fetch(`${origin}${path}`, { redirect: "error" }).catch((cause: unknown) => {
    throw new Error(`${origin} cannot be reached`, { cause });
  });
  const answer = (await reply.text()).trim();
  if (reply.status !== 200 || answer !== token) {
    throw new Error(
      `${origin} did not agree: GET ${path} has to answer the token of ATTACK_TARGET_TOKEN, which the service is started with.`,
    );
  }
}
