import { equalBytes } from "../lib/mac.ts";
import { formatScrypt } from "../lib/scrypt-hash.ts";
import { readHash, type StoredHash } from "../lib/stored-hash.ts";
import type { PasswordHasher, Random } from "../ports.ts";
import { verifyArgon2, verifyBcrypt, verifyBetterAuth, verifyFirebase } from "./foreign-hashes.ts";
import { pbkdf2 } from "./pbkdf2.ts";
import { scrypt } from "./scrypt.ts";

// OWASP's set for 16 MiB; N = 2^17 would take all the memory an edge isolate has.
const [r, p] = [8, 5];
const saltBytes = 16;
const hashBytes = 32;

const utf8 = (text: string) => new TextEncoder().encode(text);

/**
 * New passwords become scrypt PHC strings, `ln` being log2 of N; hashes that other tools made are
 * verified as well. Takes no care of load: see the queue.
 */
export function createPasswordHasher(random: Random, ln: number): Omit<PasswordHasher, "refuseWhenFull"> {
  return {
    async hash(password) {
      const salt = random.bytes(saltBytes);
      const cost = { ln, r, p };
      return formatScrypt({ ...cost, salt, hash: await scrypt(utf8(password), salt, cost, hashBytes) });
    },
    async verify(password, stored) {
      const hash = readHash(stored);
      // Also what is too costly: nothing we let in is, so someone wrote it into the table.
      if (typeof hash === "string") throw new Error(`a stored password hash cannot be verified: ${hash}`);
      return verifyHash(password, hash);
    },
    isCurrent(stored) {
      const hash = readHash(stored);
      return (
        typeof hash === "object" &&
        hash.format === "scrypt" &&
        hash.ln === ln &&
        hash.r === r &&
        hash.p === p &&
        hash.hash.length === hashBytes
      );
    },
  };
}

const patienceMs = 4000;
let previous: Promise<unknown> = Promise.resolve();

/**
 * One at a time: two of 64 MiB would take all the memory an edge isolate has. Waits no longer than a
 * run takes, since one whose request went away may never end.
 */
function alone(work: () => Promise<boolean>): Promise<boolean> {
  const turn = new Promise<void>((begin) => {
    const timer = setTimeout(begin, patienceMs);
    void previous.then(() => {
      clearTimeout(timer);
      begin();
    });
  });
  const mine = turn.then(work);
  previous = mine.catch(() => undefined);
  return mine;
}

async function verifyHash(password: string, stored: StoredHash): Promise<boolean> {
  const { hash } = stored;
  switch (stored.format) {
    case "scrypt": {
      const verify = async () =>
        equalBytes(stored.hash, await scrypt(utf8(password), stored.salt, stored, stored.hash.length));
      return stored.ln > 14 ? alone(verify) : verify();
    }
    case "bcrypt":
      return verifyBcrypt(password, stored);
    case "argon2":
      return alone(() => verifyArgon2(password, stored));
    case "pbkdf2":
      return equalBytes(stored.hash, await pbkdf2(utf8(password), stored, hash.length));
    case "better-auth":
      return verifyBetterAuth(password, stored);
    case "firebase-scrypt":
      return verifyFirebase(password, stored);
  }
}
