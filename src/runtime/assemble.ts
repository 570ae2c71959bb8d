import { createHibpCheck } from "../adapters/breach-hibp.ts";
import { queueHashes } from "../adapters/hash-queue.ts";
import { createTurnstileCheck } from "../adapters/human-turnstile.ts";
import { nativeSignature } from "../adapters/native-signature.ts";
import { createPasswordHasher } from "../adapters/password-hasher.ts";
import { systemClock, systemRandom } from "../adapters/system.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Background, Deps, Log, Mailer } from "../ports.ts";
import { loadKeys } from "../token/keys.ts";
import { webSignature } from "../token/signature.ts";

/** The ports that are the same on every runtime, around those that are not. */
export async function assembleDeps(
  config: Config,
  ports: {
    db: Database;
    log: Log;
    mailer: Mailer;
    background: Background;
    runtime: Deps["runtime"];
    cores: number;
  },
): Promise<Deps> {
  const hasher = createPasswordHasher(systemRandom, config.scryptLn);
  return {
    config,
    clock: systemClock(config.clockOffsetSeconds),
    random: systemRandom,
    db: ports.db,
    passwords: queueHashes(hasher, config.passwordHashConcurrency ?? ports.cores),
    keys: await loadKeys(config, ports.runtime === "node" ? nativeSignature : webSignature),
    log: ports.log,
    mailer: ports.mailer,
    background: ports.background,
    isBreached: config.breachCheck === "hibp" ? createHibpCheck(ports.log) : async () => false,
    isHuman: config.turnstileSecretKey ? createTurnstileCheck(config.turnstileSecretKey) : undefined,
    runtime: ports.runtime,
  };
}
