import type { JWK } from "jose";
import { forPeopleOnly } from "../access/permissions.ts";
import type { Actor } from "../access/run-as.ts";
import { type ClientId, type CredentialId, newId } from "../ids.ts";
import { credentialBytes, credentialPrefix, hashCredential, makeCredential } from "../lib/credential.ts";
import type { Caller, Deps } from "../ports.ts";
import { existing, fieldError, invalidField, Problem } from "../problems.ts";
import type { AuthMethod, Client } from "./client.ts";
import { readPublicKeys } from "./public-keys.ts";
import { addSecretRow, type Changed, insertClient, type NewKeys, updateClient } from "./queries.ts";

type Needs = Pick<Deps, "db" | "clock" | "random" | "config">;

export type ClientInput = {
  readonly name: string;
  readonly auth_method: AuthMethod;
  readonly scopes: readonly string[];
  readonly audiences?: readonly string[] | undefined;
  readonly jwks?: { readonly keys: readonly JWK[] } | undefined;
};

/**
 * Registers a machine client. Its secret, if it has one, is told this once.
 * @throws Problem `not_allowed` for scopes that are permissions the operator lacks, `invalid_fields` for those that are
 * for people only, and for keys where there should be none, or the other way round.
 */
export async function registerClient(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  input: ClientInput,
): Promise<Client & { client_secret?: string }> {
  const id = newId<ClientId>(deps);
  refuseForPeople(input.scopes);
  const signs = input.auth_method === "private_key_jwt";
  if (signs !== (input.jwks !== undefined)) throw invalidField("/jwks", signs ? "required" : "invalid");
  const made = signs ? undefined : newSecret(deps, id);
  const client = unlessRefused(
    await insertClient(deps, caller, actor, {
      id,
      name: input.name,
      authMethod: input.auth_method,
      scopes: tidy(input.scopes),
      audiences: [...new Set(input.audiences ?? [deps.config.audience])],
      jwks: await readJwks(deps, input.jwks),
      secret: made?.row,
    }),
  );
  return { ...client, ...(made && { client_secret: made.text }) };
}

/** A field left out stays; how a client authenticates does. */
type Change = {
  readonly [field in Exclude<keyof ClientInput, "auth_method">]?: ClientInput[field] | undefined;
};

/**
 * Changes a client.
 * @throws Problem as `registerClient`, `not_found`, and `conflict` for keys of a client that has a secret.
 */
export async function changeClient(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  { id, ...change }: { id: string } & Change,
): Promise<Client> {
  refuseForPeople(change.scopes ?? []);
  const changed = await updateClient(deps, caller, actor, {
    id,
    name: change.name,
    scopes: change.scopes && tidy(change.scopes),
    audiences: change.audiences && [...new Set(change.audiences)],
    jwks: await readJwks(deps, change.jwks),
  });
  return unlessRefused(changed);
}

/**
 * Gives a client a second secret, told this once.
 * @throws Problem `not_found`, `not_allowed`, `conflict` when it has two, or signs assertions.
 */
export async function addSecret(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<Client & { client_secret: string }> {
  const made = newSecret(deps, id);
  const client = unlessRefused(await addSecretRow(deps, caller, actor, { id, secret: made.row }));
  return { ...client, client_secret: made.text };
}

function newSecret(deps: Pick<Deps, "clock" | "random">, owner: string) {
  const id = newId<CredentialId>(deps);
  const random = deps.random.bytes(credentialBytes);
  const text = makeCredential(credentialPrefix.clientSecret, { id, owner, random });
  return { text, row: { id, hash: hashCredential(text) } };
}

/** What a program must never do is no scope, rather than one that does nothing. */
function refuseForPeople(scopes: readonly string[]): void {
  const errors = scopes.flatMap((scope, i) =>
    forPeopleOnly.has(scope) ? [fieldError(`/scopes/${i}`, "invalid")] : [],
  );
  if (errors.length > 0) throw new Problem("invalid_fields", { errors });
}

async function readJwks(
  deps: Pick<Deps, "clock" | "random">,
  jwks: ClientInput["jwks"],
): Promise<NewKeys | undefined> {
  if (!jwks) return undefined;
  const keys = await readPublicKeys(jwks.keys);
  if (!keys) throw invalidField("/jwks", "invalid");
  return { id: newId(deps), keys };
}

function tidy(scopes: readonly string[]): string[] {
  return [...new Set(scopes)].sort();
}

function unlessRefused(changed: Changed | undefined): Client {
  const { refused, client } = existing(changed);
  if (refused) throw new Problem(refused);
  return existing(client);
}
