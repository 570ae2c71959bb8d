import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { freshEmail } from "../support/client.ts";
import type { Target } from "./suite.ts";

type Vector = { password: string; hash: string | object };

const vectors = JSON.parse(readFileSync("test/vectors/foreign_hashes.json", "utf8")) as Vector[];

/** One of each kind; the rest is the business of the cheaper tests. */
const kinds = ["$2a$04$", "$argon2id$v=19$m=7168", "pbkdf2_sha256$1000000", "$scrypt$ln=12", "c6bfa6ab"];
const chosen = vectors.filter(
  ({ hash }) => typeof hash === "object" || kinds.some((kind) => hash.startsWith(kind)),
);

/** Bringing users along, on every runtime: each has its own cryptography and its own streams. */
export function describeImport(target: () => Target): void {
  it("imports users by lines, who sign in with the hash they had and again with ours", async () => {
    const { client, database } = target();
    const { access_token: token, user } = await client.signUp();
    const send = (lines: readonly object[]) =>
      client.call("POST", "admin/users/import", {
        raw: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
        token,
        headers: { "content-type": "application/x-ndjson" },
      });
    const wide = Array.from({ length: 600 }, () => ({ email: freshEmail(), name: "x".repeat(200) }));
    expect((await send(wide)).status).toBe(403);
    await database.query("insert into auth.user_roles values ($1, 'admin')", [user.id]);
    const brought = chosen.map(({ password, hash }) => ({ email: freshEmail(), password, hash }));
    expect(brought).toHaveLength(kinds.length + 1);
    const lines = brought.map(({ email, hash }) => ({ email, password_hash: hash }));
    const { body } = await send([...wide, ...lines]);
    expect(body).toEqual({ accepted: 606, skipped: 0, refused: [] });
    for (const { email, password } of brought) {
      expect((await client.logIn(email, `!${password}`)).status).toBe(401);
      expect([password, (await client.logIn(email, password)).status]).toEqual([password, 200]);
      expect((await client.logIn(email, password)).status).toBe(200);
    }
    const [left] = await database.query(
      "select count(*)::int as count from auth.users where password_hash not like '$scrypt$ln=10,r=8,p=5$%'",
    );
    expect(left).toEqual({ count: 0 });
  });
}
