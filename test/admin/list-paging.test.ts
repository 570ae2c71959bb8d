import { beforeAll, describe, expect, it } from "vitest";
import { seedPeople } from "../../bench/people.ts";
import { type Account, freshEmail } from "../support/client.ts";
import { heavy } from "../support/heavy.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const rounds = heavy ? 20 : 2;

type List = { data: { id: string; created_at: string }[]; next_cursor: string | null };

/** What a list is sorted by, in SQL. */
const keys: Record<string, string> = {
  created_at: "created_at::text",
  email: "email_key",
  name: "lower(coalesce(name, ''))",
  last_sign_in_at: "coalesce(last_sign_in_at, '-infinity')::text",
};

/** What happens to users between two pages: some come, some go, some move to another place in each order. */
const churn = [
  `insert into auth.users (id, email, email_key, name, created_at, updated_at, last_sign_in_at)
   select gen_random_uuid(), a, a, chr(97 + (random() * 25)::int) || n, now() - random() * interval '1000 days', now(),
     case when random() < 0.8 then now() - random() * interval '300 days' end
   from generate_series(1, 5) n, lateral (select chr(97 + (random() * 25)::int) || md5(random()::text || n) || '@churn.example' as a) made`,
  `delete from auth.users where id in (select id from auth.users where id <> $1 order by random() limit 4)`,
  `update auth.users set name = chr(97 + (random() * 25)::int) || coalesce(name, ''), updated_at = now()
   where id in (select id from auth.users order by random() limit 4)`,
  `update auth.users set last_sign_in_at = now() - random() * interval '300 days'
   where id in (select id from auth.users order by random() limit 4)`,
  `update auth.users set email = 'moved' || email, email_key = 'moved' || email_key
   where id in (select id from auth.users where id <> $1 order by random() limit 2)`,
];

let admin: Account;

beforeAll(async () => {
  admin = await service.signUp({ email: freshEmail() });
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
  await seedPeople((text, values) => service.database.query(text, values), 250);
});

async function placesBy(key: string): Promise<Map<string, string>> {
  const rows = await service.database.query<{ id: string; key: string }>(
    `select id, ${keys[key]} as key from auth.users`,
  );
  return new Map(rows.map((row) => [row.id, row.key]));
}

async function disturb(): Promise<void> {
  for (const text of churn) {
    await service.database.query(text, text.includes("$1") ? [admin.user.id] : []);
  }
}

describe("paging while users come, go and change", () => {
  it.each(Object.keys(keys).flatMap((sort) => [sort, `-${sort}`]))(
    "by %s neither repeats anyone nor skips anyone who kept their place",
    async (sort) => {
      const key = sort.replace("-", "");
      for (let round = 0; round < rounds; round++) {
        const before = await placesBy(key);
        const seen: string[] = [];
        const moved = new Set<string>();
        let last = before;
        let cursor: string | null = "";
        while (cursor !== null) {
          const path: string = `admin/users?sort=${sort}&limit=23${cursor && `&cursor=${cursor}`}`;
          const { body } = await service.call<List>("GET", path, { token: admin.access_token });
          seen.push(...body.data.map(({ id }) => id));
          cursor = body.next_cursor;
          await disturb();
          const now = await placesBy(key);
          for (const [id, place] of last) if (now.get(id) !== place) moved.add(id);
          last = now;
        }
        const stayed = [...before.keys()].filter((id) => !moved.has(id));
        expect(stayed.length).toBeGreaterThan(50);
        const times = (id: string) => seen.filter((each) => each === id).length;
        expect(stayed.filter((id) => times(id) !== 1)).toEqual([]);
        // Who moved may be met again at the new place, who did not is never met twice.
        expect(seen.filter((id) => times(id) > 1 && !moved.has(id))).toEqual([]);
      }
    },
  );
});
