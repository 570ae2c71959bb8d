import { expect, it } from "vitest";
import type { Target } from "./suite.ts";

const others = 2500;

/** Every runtime has streams of its own. */
export function describeExport(target: () => Target): void {
  it("exports every user by lines, and breaks off for whoever may no longer", async () => {
    const { client, database, origin } = target();
    const { access_token: token, user } = await client.signUp();
    const refused = await client.call("GET", "admin/users/export", { token });
    expect([refused.status, refused.body.code]).toEqual([403, "not_allowed"]);
    await database.query("insert into auth.user_roles values ($1, 'admin')", [user.id]);
    await database.query(
      `insert into auth.users (id, email, email_key, metadata, created_at, updated_at)
       select gen_random_uuid(), m, m, jsonb_build_object('wide', repeat('x', 2000)), now(), now()
       from generate_series(1, $1) n, lateral (select 'export' || n || '@example.com' as m) made`,
      [others],
    );
    const { status, text } = await client.call("GET", "admin/users/export", { token });
    const lines = text.trimEnd().split("\n");
    const ids = lines.map((line) => (JSON.parse(line) as { id: string }).id);
    const [all] = await database.query<{ ids: string[] }>(
      "select array_agg(id::text order by id) as ids from auth.users",
    );
    expect(status).toBe(200);
    expect(ids).toEqual(all?.ids);

    const reply = await fetch(`${origin}/api/v1/admin/users/export`, {
      headers: {
        authorization: `Bearer ${token}`,
        "x-forwarded-for": "10.9.9.9",
        "cf-connecting-ip": "10.9.9.9",
      },
    });
    await database.query("delete from auth.user_roles where user_id = $1 and role = 'admin'", [user.id]);
    // What lies in buffers may still arrive; the end must not look like one.
    await expect(reply.text()).rejects.toThrow();
    await database.query("delete from auth.users where email like 'export%@example.com'");
  });
}
