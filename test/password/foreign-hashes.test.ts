import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createPasswordHasher } from "../../src/adapters/password-hasher.ts";
import { systemRandom } from "../../src/adapters/system.ts";
import { acceptHash } from "../../src/lib/stored-hash.ts";
import { freshEmail } from "../support/client.ts";
import { inParallel } from "../support/heavy.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

type Vector = { tool: string; command: string; password: string; hash: string | object };

/** Hashes that other tools made, each with the command that made it. */
const vectors = JSON.parse(readFileSync("test/vectors/foreign_hashes.json", "utf8")) as Vector[];
/** Django's default for Argon2 takes 100 MiB, more than an edge isolate can spare. */
const tooCostly = vectors.filter(({ hash }) => typeof hash === "string" && hash.includes("m=102400"));
const readable = vectors.filter((vector) => !tooCostly.includes(vector));
const cheap = readable.find(({ hash }) => String(hash).startsWith("$2a$04$")) as Vector;

function stored(hash: string | object): string {
  const accepted = acceptHash(hash);
  if (!accepted.ok) throw new Error(accepted.code);
  return accepted.stored;
}

async function addUser(hash: string): Promise<string> {
  const email = freshEmail();
  await service.database.query(
    `with made as (insert into auth.users (id, email, email_key, password_hash, created_at, updated_at)
       values (gen_random_uuid(), $1, $1, $2, now(), now()) returning id)
     insert into auth.user_roles select id, 'user' from made`,
    [email, hash],
  );
  return email;
}

async function hashOf(email: string): Promise<string> {
  const text = "select password_hash as hash from auth.users where email_key = $1";
  const [row] = await service.database.query<{ hash: string }>(text, [email]);
  return row?.hash ?? "";
}

describe("a hash made by", () => {
  it.each(readable)("$tool, $command, signs in and is scrypt from then on", async ({ password, hash }) => {
    const email = await addUser(stored(hash));
    expect((await service.logIn(email, `!${password}`)).status).toBe(401);
    expect(await hashOf(email)).toBe(stored(hash));
    const before = service.statements.length;
    expect((await service.logIn(email, password)).status).toBe(200);
    expect(service.statements.length - before).toBe(2);
    const rehashed = await hashOf(email);
    expect(rehashed).toMatch(/^\$scrypt\$ln=10,r=8,p=5\$/);
    expect((await service.logIn(email, password)).status).toBe(200);
    expect(await hashOf(email)).toBe(rehashed);
    expect((await service.logIn(email, "Wrong-horse-7")).status).toBe(401);
  });

  it("bcrypt covers 72 bytes of a password, until the first login makes all of them count", async () => {
    const { password, hash } = readable.find((vector) => vector.password.length > 72) as Vector;
    const email = await addUser(stored(hash));
    expect((await service.logIn(email, `${password}tail`)).status).toBe(200);
    expect((await service.logIn(email, password)).status).toBe(401);
    expect((await service.logIn(email, `${password}tail`)).status).toBe(200);
  });

  it("us at another cost is replaced as well", async () => {
    const email = await addUser(
      await createPasswordHasher(systemRandom, 11).hash("Correct-horse-7", "sign-in"),
    );
    expect((await service.logIn(email)).status).toBe(200);
    expect(await hashOf(email)).toMatch(/^\$scrypt\$ln=10,/);
  });

  it("Firebase is kept without the project's signer key", () => {
    const { hash } = vectors.find((vector) => typeof vector.hash === "object") as Vector;
    const { signer_key } = hash as { signer_key: string };
    expect(stored(hash)).toMatch(/^\$firebase-scrypt\$ln=14,r=8\$/);
    expect(stored(hash)).not.toContain(signer_key.slice(0, 12));
  });
});

describe("a rehash", () => {
  it("happens once among 20 parallel logins, which all succeed", async () => {
    const email = await addUser(stored(cheap.hash));
    await service.database.query(`create table public.rehashes (email text)`);
    await service.database.query(`create function public.note() returns trigger language plpgsql as
      $$ begin insert into public.rehashes values (new.email); return new; end $$`);
    await service.database.query(`create trigger note after update on auth.users for each row
      when (old.password_hash is distinct from new.password_hash) execute function public.note()`);
    const replies = await inParallel(20, () => service.logIn(email, cheap.password));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(await service.database.query("select email from public.rehashes")).toEqual([{ email }]);
    for (const { body } of replies) {
      expect((await service.call("GET", "users/me", { token: body.access_token })).status).toBe(200);
    }
  });

  it.each([
    ["that raises the epoch", ", security_epoch = security_epoch + 1", 401],
    ["that does not", "", 200],
  ])("loses to a concurrent change of the password %s", async (_, further, status) => {
    const email = await addUser(stored(cheap.hash));
    const chosen = await createPasswordHasher(systemRandom, 10).hash("Another-horse-8", "sign-in");
    service.onStatement.current = async (text) => {
      if (!text.includes("last_sign_in_at = ")) return;
      service.onStatement.current = undefined;
      const change = `update auth.users set password_hash = $2${further} where email_key = $1`;
      await service.database.query(change, [email, chosen]);
    };
    expect((await service.logIn(email, cheap.password)).status).toBe(status);
    expect(await hashOf(email)).toBe(chosen);
  });
});

describe("at the door", () => {
  const salt = "c2FsdHNhbHRzYWx0";
  const hash = "9J6zdm6NMWYsJeS8l5KyNg";
  const firebase = vectors.find((vector) => typeof vector.hash === "object")?.hash as object;

  const bombs = [
    ...tooCostly.map((vector) => vector.hash),
    `$2b$31$${"a".repeat(53)}`,
    `$2b$15$${"a".repeat(53)}`,
    `$argon2id$v=19$m=4194304,t=3,p=4$${salt}$${hash}`,
    `$argon2id$v=19$m=65537,t=1,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=65536,t=5,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=7168,t=6,p=1$${salt}$${hash}`,
    `$argon2i$v=19$m=1024,t=1,p=5$${salt}$${hash}`,
    `$argon2i$v=19$m=1024,t=${"9".repeat(300)},p=1$${salt}$${hash}`,
    `pbkdf2_sha256$1000000000$saltsalt$${hash}`,
    `$pbkdf2-sha256$1000001$${salt}$${hash}`,
    `$pbkdf2-sha512$18446744073709551617$${salt}$${hash}`,
    `$scrypt$ln=30,r=8,p=1$${salt}$${hash}`,
    `$scrypt$ln=17,r=8,p=1$${salt}$${hash}`,
    `$scrypt$ln=16,r=16,p=1$${salt}$${hash}`,
    `$scrypt$ln=16,r=8,p=5$${salt}$${hash}`,
    `$scrypt$ln=10,r=8,p=17$${salt}$${hash}`,
    `$scrypt$ln=10,r=4294967296,p=1$${salt}$${hash}`,
    { ...firebase, mem_cost: 30 },
    { ...firebase, rounds: 1e9 },
  ];

  const junk = [
    "",
    "password",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    `$2b$03$${"a".repeat(53)}`,
    `$2x$10$${"a".repeat(53)}`,
    `$2b$1e$${"a".repeat(53)}`,
    `$2b$10$${"a".repeat(52)}`,
    `$argon2d$v=19$m=1024,t=1,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=1e9,t=1,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=0x400,t=1,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=-1,t=1,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=01024,t=1,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=1024,t=0,p=1$${salt}$${hash}`,
    `$argon2id$v=19$m=31,t=1,p=4$${salt}$${hash}`,
    `$argon2id$v=19$m=1024,t=1,p=1$c2FsdA$${hash}`,
    `$argon2id$v=19$m=1024,t=1,p=1$${"c2FsdHNh".repeat(20)}$${hash}`,
    `$argon2id$v=19$m=1024,t=1,p=1$${"c2FsdHNh".repeat(2000)}$${hash}`,
    `$argon2id$v=19$m=1024,t=1,p=1$${salt}$AAAA`,
    `$argon2id$v=19$m=1024,t=1,p=1$${salt}$9J6zdm6NMWYsJeS8l5KyNh`,
    `$scrypt$ln=0x10,r=8,p=1$${salt}$${hash}`,
    `$scrypt$ln=9,r=8,p=1$${salt}$${hash}`,
    `$scrypt$ln=-14,r=8,p=1$${salt}$${hash}`,
    `$scrypt$ln=14,r=0,p=1$${salt}$${hash}`,
    `$scrypt$ln=14,r=8,p=0$${salt}$${hash}`,
    `$scrypt$ln=14,r=8,p=1$${salt}$AAAAA`,
    `pbkdf2_sha256$1e9$saltsalt$${hash}`,
    `pbkdf2_sha256$999$saltsalt$${hash}`,
    `pbkdf2_sha256$100000$salt$${hash}`,
    `pbkdf2_sha1$100000$saltsalt$${hash}`,
    `${"A".repeat(32)}:${"b".repeat(128)}`,
    `${"a".repeat(32)}:${"b".repeat(126)}`,
    {},
    { algorithm: "scrypt" },
    { ...firebase, rounds: "8" },
    { ...firebase, mem_cost: 13.5 },
    { ...firebase, mem_cost: -1 },
    { ...firebase, hash: "AAAA" },
    { ...firebase, salt: "" },
    { ...firebase, more: 1 },
    ["$2b$10$"],
  ];

  it("a hash that costs too much is refused, and never run", async () => {
    for (const given of bombs) {
      expect([given, acceptHash(given)]).toEqual([given, { ok: false, code: "hash_too_costly" }]);
      if (typeof given !== "string") continue;
      // Someone may have written it into the table.
      const verify = service.deps.passwords.verify("x", given.replace(/^argon2(?=\$)/, ""));
      await expect(verify).rejects.toThrow("cannot be verified");
    }
  });

  it("what is no hash we read is refused: numbers are digits, base64 is canonical, lengths are bounded", () => {
    for (const given of junk) {
      expect([given, acceptHash(given)]).toEqual([given, { ok: false, code: "invalid_hash" }]);
    }
  });
});
