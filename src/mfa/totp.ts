import { base64url } from "jose";
import { Secret, TOTP } from "otpauth/slim";
import { renderSVG } from "uqr";
import type { FactorId, UserId } from "../ids.ts";
import { decrypt, encrypt, nonceBytes } from "../lib/aead.ts";
import { sealingKey } from "../lib/seal.ts";
import type { Deps } from "../ports.ts";

/** What every authenticator app knows (RFC 6238 §1.2, and the key URI format); others many ignore. */
const form = { algorithm: "SHA1", digits: 6, period: 30 } as const;
/** RFC 4226 §4, R6: as long as the hash. */
const secretBytes = 20;
/** Steps a clock may be off, either way (RFC 6238 §5.2). */
const drift = 1;

/**
 * A factor as its row has it.
 * @public
 */
export type StoredTotp = {
  readonly id: FactorId;
  readonly secret: string;
  readonly keyId: string;
  readonly lastStep: number;
};

/** A new secret, as the user's app takes it and as the database keeps it. */
export async function newTotp(
  deps: Pick<Deps, "config" | "random" | "keys">,
  userId: UserId,
  id: FactorId,
): Promise<{ secret: string; sealed: string; keyId: string; describe(email: string): TotpUri }> {
  const bytes = deps.random.bytes(secretBytes);
  const { kid } = sealingKey(deps.keys.totp);
  const sealed = await seal(deps, userId, id, bytes);
  const secret = new Secret({ buffer: Uint8Array.from(bytes).buffer });
  const issuer = deps.config.product.name;
  const describe = (label: string) => {
    const uri = new TOTP({ ...form, issuer, label, secret }).toString();
    return { otpauth_uri: uri, qr_svg: renderSVG(uri, { border: 4 }) };
  };
  return { secret: secret.base32, sealed, keyId: kid, describe };
}

type TotpUri = { otpauth_uri: string; qr_svg: string };

/**
 * The time step that `code` is of, one within a step of `time` and after the last that was taken; undefined for a wrong
 * code. `time` is the database's, in Unix seconds. Whether the step is still free is for the claiming
 * statement to say.
 * @throws when the secret was sealed by a key we do not have, or for another user or factor.
 * @public
 */
export async function findStep(
  deps: Pick<Deps, "keys">,
  userId: UserId,
  stored: StoredTotp,
  code: string,
  time: number,
): Promise<number | undefined> {
  const bytes = await open(deps, userId, stored);
  const secret = new Secret({ buffer: Uint8Array.from(bytes).buffer });
  const token = code.replace(/[\s-]/g, "");
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = TOTP.validate({ ...form, secret, token, timestamp: time * 1000, window: drift });
  if (delta === null) return undefined;
  const step = Math.floor(time / form.period) + delta;
  return step > stored.lastStep ? step : undefined;
}

/**
 * The same secret, sealed by the current key.
 * @throws when its key is not configured, or does not open it.
 */
export async function resealTotp(
  deps: Pick<Deps, "keys" | "random">,
  userId: UserId,
  stored: Omit<StoredTotp, "lastStep">,
): Promise<string> {
  return seal(deps, userId, stored.id, await open(deps, userId, stored));
}

async function seal(
  deps: Pick<Deps, "keys" | "random">,
  userId: UserId,
  id: FactorId,
  bytes: Uint8Array,
): Promise<string> {
  const { key } = sealingKey(deps.keys.totp);
  return base64url.encode(await encrypt(key, deps.random.bytes(nonceBytes), bytes, contextOf(userId, id)));
}

async function open(
  deps: Pick<Deps, "keys">,
  userId: UserId,
  { id, secret, keyId }: Omit<StoredTotp, "lastStep">,
): Promise<Uint8Array> {
  const key = deps.keys.totp.find(({ kid }) => kid === keyId)?.key;
  if (!key) throw new Error("a TOTP secret is sealed by a key that is not configured");
  return decrypt(key, base64url.decode(secret), contextOf(userId, id));
}

function contextOf(userId: UserId, id: FactorId): string {
  return `totp:${userId}:${id}`;
}
