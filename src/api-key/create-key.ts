import { forPeopleOnly } from "../access/permissions.ts";
import type { Actor } from "../access/run-as.ts";
import { type CredentialId, newId, type OutboxId } from "../ids.ts";
import {
  beginningOf,
  credentialBytes,
  credentialPrefix,
  hashCredential,
  makeCredential,
} from "../lib/credential.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller, Deps } from "../ports.ts";
import { existing, fieldError, invalidField, Problem } from "../problems.ts";
import type { ApiKey } from "./api-key.ts";
import { insertKey, type Made, type NewKey, replaceKey } from "./queries.ts";

/** The key itself is told this once. */
export type NewApiKey = ApiKey & { key: string };

/**
 * Makes an API key for the caller, with scopes that are permissions of theirs; with none it only says who they are.
 * @throws Problem `not_allowed` for permissions the caller lacks in this session, `invalid_fields` for those that are for
 * people only and for an end that has passed, `conflict` when there are too many keys.
 */
export async function createKey(
  deps: MailDeps,
  caller: Caller,
  actor: Actor,
  input: { name: string; scopes: readonly string[]; expiresAt: string | null },
): Promise<NewApiKey> {
  const errors = input.scopes.flatMap((scope, i) =>
    forPeopleOnly.has(scope) ? [fieldError(`/scopes/${i}`, "invalid")] : [],
  );
  if (errors.length > 0) throw new Problem("invalid_fields", { errors });
  if (input.expiresAt !== null && Date.parse(input.expiresAt) <= deps.clock.now().getTime()) {
    throw invalidField("/expires_at", "invalid");
  }
  const { text, row } = newKey(deps, actor);
  const scopes = [...new Set(input.scopes)].sort();
  const made = await insertKey(deps, caller, actor, { ...input, scopes, ...row });
  return announced(deps, made, row, text);
}

/**
 * Makes a key like one of the caller's, which goes on for `overlapSeconds`: time to put the new one in its place.
 * @throws Problem `not_found`, also for another's key and one that is over, `conflict` when there are too many.
 */
export async function rotateKey(
  deps: MailDeps,
  caller: Caller,
  actor: Actor,
  { id, overlapSeconds }: { id: string; overlapSeconds: number },
): Promise<NewApiKey> {
  const { text, row } = newKey(deps, actor);
  const made = await replaceKey(deps, caller, actor, { old: id, overlap: overlapSeconds, ...row });
  return announced(deps, made, row, text);
}

function newKey(deps: Pick<Deps, "clock" | "random">, { userId }: Actor): { text: string; row: NewKey } {
  const id = newId<CredentialId>(deps);
  const random = deps.random.bytes(credentialBytes);
  const text = makeCredential(credentialPrefix.apiKey, { id, owner: userId, random });
  const notice = newId<OutboxId>(deps);
  return { text, row: { id, prefix: beginningOf(text), hash: hashCredential(text), notice } };
}

function announced(deps: MailDeps, made: Made | undefined, { notice }: NewKey, text: string): NewApiKey {
  const { key, refused } = existing(made);
  if (refused) throw new Problem(refused);
  deliverSoon(deps, notice);
  return { ...existing(key), key: text };
}
