import { beforeAll, describe, expect, it } from "vitest";
import { sealEvents } from "../../src/audit/seal-events.ts";
import { type Expectation, type Fault, verifyLog } from "../../src/audit/verify-log.ts";
import { importSeed } from "../../src/lib/ed25519.ts";
import { inSecond, oneOfSecond, sealSome, tampered } from "../support/audit-events.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const ownKey = () => hex(service.deps.keys.auditSeal.publicKey);

const verify = (expected: Partial<Expectation> = {}) =>
  verifyLog(service.deps, { publicKeys: [ownKey()], retentionDays: 365, ...expected });

beforeAll(async () => {
  for (let i = 0; i < 3; i++) expect(await sealSome(service)).toBe(1);
});

describe("verifying finds", () => {
  const cases: [string, string[], Fault, number][] = [
    [
      "an altered action",
      [`update auth.audit_events set action = 'x' where ${oneOfSecond}`],
      "altered rows",
      2,
    ],
    [
      "an altered actor",
      [`update auth.audit_events set actor_id = gen_random_uuid() where ${oneOfSecond}`],
      "altered rows",
      2,
    ],
    [
      "an instant moved by a microsecond",
      [
        `update auth.audit_events set occurred_at = occurred_at + interval '1 microsecond' where ${oneOfSecond}`,
      ],
      "altered rows",
      2,
    ],
    ["a deleted event", [`delete from auth.audit_events where ${oneOfSecond}`], "missing rows", 2],
    ["a deleted window", [`delete from auth.audit_events where ${inSecond}`], "missing rows", 2],
    [
      "an inserted event",
      [
        `insert into auth.audit_events select gen_random_uuid(), occurred_at, action, outcome, actor_id, subject_id,
         session_id, request_id, details_hash from auth.audit_events where ${oneOfSecond}`,
      ],
      "inserted rows",
      2,
    ],
    [
      "an event put in the place of another",
      [
        `insert into auth.audit_events select gen_random_uuid(), occurred_at, action, outcome, actor_id, subject_id,
         session_id, request_id, details_hash from auth.audit_events where ${oneOfSecond}`,
        `delete from auth.audit_events where ${oneOfSecond}`,
      ],
      "altered rows",
      2,
    ],
    [
      "altered details",
      [`update auth.audit_details set ip = '203.0.113.9' where event_${oneOfSecond}`],
      "altered details",
      2,
    ],
    [
      "details with a hash to match",
      [
        `update auth.audit_details set ip = '203.0.113.9' where event_${oneOfSecond}`,
        `update auth.audit_events e set details_hash = sha256(d.salt) from auth.audit_details d
         where d.event_id = e.id and e.${oneOfSecond}`,
      ],
      "altered rows",
      2,
    ],
    ["a seal taken out", ["delete from auth.audit_seals where number = 2"], "missing seal", 2],
    ["the first seal taken out", ["delete from auth.audit_seals where number = 1"], "missing seal", 1],
    [
      "a seal that says another count",
      ["update auth.audit_seals set events = 1 where number = 2"],
      "altered seal",
      2,
    ],
    [
      "a seal with another hash over rows",
      ["update auth.audit_seals set rows_hash = sha256('x') where number = 2"],
      "altered seal",
      2,
    ],
    [
      "a seal of another time",
      ["update auth.audit_seals set sealed_at = sealed_at + interval '1 second' where number = 3"],
      "altered seal",
      3,
    ],
    [
      "a seal with another hash",
      ["update auth.audit_seals set hash = sha256('x') where number = 2"],
      "altered seal",
      2,
    ],
    [
      "a window that ends elsewhere",
      ["update auth.audit_seals set window_end = window_end + interval '1 millisecond' where number = 2"],
      "altered seal",
      2,
    ],
    [
      "a signature of another seal",
      [
        `update auth.audit_seals set signature = (select signature from auth.audit_seals where number = 1)
         where number = 2`,
      ],
      "bad signature",
      2,
    ],
    [
      "a signature that is none",
      ["update auth.audit_seals set signature = '' where number = 2"],
      "bad signature",
      2,
    ],
  ];

  it.each(cases)("%s", async (_, statements, what, window) => {
    const { finding } = await tampered(service.database, statements, () => verify());
    expect(finding).toMatchObject({ window, what });
    expect((await verify()).finding).toBeNull();
  });

  it("a chain that another key has written anew, whether it says so or not", async () => {
    const forger = await importSeed(new Uint8Array(32).fill(7));
    const emptied = ["delete from auth.audit_seals"];
    const forged = { ...service.deps, keys: { ...service.deps.keys, auditSeal: forger } };
    const { finding } = await tampered(service.database, emptied, async () => {
      await sealEvents(forged);
      return verify();
    });
    expect(finding).toMatchObject({ window: 1, what: "unknown key" });
    const claimed = { ...forger, publicKey: service.deps.keys.auditSeal.publicKey };
    const second = await tampered(service.database, emptied, async () => {
      await sealEvents({ ...forged, keys: { ...forged.keys, auditSeal: claimed } });
      return verify();
    });
    expect(second.finding).toMatchObject({ window: 1, what: "bad signature" });
  });

  it("a tail that was cut off, and a chain our own key wrote anew, by a seal published before", async () => {
    const { last } = await verify();
    const seal = last?.hash;
    expect((await verify({ seal })).found).toBe(true);
    const cut = ["delete from auth.audit_seals where number = (select max(number) from auth.audit_seals)"];
    expect(await tampered(service.database, cut, () => verify({ seal }))).toMatchObject({
      found: false,
      finding: null,
    });
    const rewritten = [`delete from auth.audit_events where ${inSecond}`, "delete from auth.audit_seals"];
    const anew = (aged = "") =>
      tampered(service.database, aged ? [...rewritten, aged] : rewritten, async () => {
        await sealEvents(service.deps);
        return verify({ seal });
      });
    expect(await anew()).toMatchObject({ found: false, finding: null });
    // Without a seal to ask for, what is older than an hour and was sealed just now is all there is to see.
    const aged = `update auth.audit_events set occurred_at = occurred_at - interval '2 hours'
      where (occurred_at, id) in (select occurred_at, id from auth.audit_events order by 1, 2 limit 1)`;
    expect((await verify()).late).toBe(0);
    expect(await anew(aged)).toMatchObject({ finding: null, late: 1 });
  });

  it("a window emptied before its time, and no window emptied after it", async () => {
    const emptied = [`delete from auth.audit_events where ${inSecond}`];
    const soon = await tampered(service.database, emptied, () => verify({ retentionDays: 365 }));
    expect(soon.finding).toMatchObject({ window: 2, what: "missing rows" });
    const late = {
      ...service.deps.clock,
      offsetSeconds: 0,
      now: () => new Date(Date.now() + 400 * 86_400_000),
    };
    const later = (retentionDays: number) =>
      tampered(service.database, emptied, () =>
        verifyLog({ db: service.deps.db, clock: late }, { publicKeys: [ownKey()], retentionDays }),
      );
    // Months are dropped whole: where others of the month are left, a window without events was emptied by hand.
    expect((await later(365)).finding).toMatchObject({ window: 2, what: "missing rows" });
    emptied.splice(0, 1, "delete from auth.audit_events", "delete from auth.audit_details");
    expect(await later(365)).toMatchObject({ gone: 3, finding: null });
    expect((await later(0)).finding).toMatchObject({ window: 1, what: "missing rows" });
    const first =
      "delete from auth.audit_events where occurred_at <= (select window_end from auth.audit_seals where number = 1)";
    emptied.splice(0, 2, first);
    expect((await later(365)).finding).toMatchObject({ window: 1, what: "missing rows" });
  });
});

describe("a seal that is inserted by hand", () => {
  it.each([
    [
      "ahead of the chain",
      "max(number) + 2",
      "(array_agg(hash order by number desc))[1]",
      "max(window_end) + interval '1 s'",
    ],
    [
      "on another seal",
      "max(number) + 1",
      "(array_agg(hash order by number))[1]",
      "max(window_end) + interval '1 s'",
    ],
    [
      "over what has not happened",
      "max(number) + 1",
      "(array_agg(hash order by number desc))[1]",
      "'infinity'",
    ],
    [
      "over what is sealed",
      "max(number) + 1",
      "(array_agg(hash order by number desc))[1]",
      "min(window_end)",
    ],
  ])("%s is left out", async (_, number, previous, end) => {
    const inserted = await service.database.query(
      `insert into auth.audit_seals select ${number}, ${end}, 1, '\\x00', ${previous}, '\\x00', '\\x00', '\\x00', now()
       from auth.audit_seals returning number`,
    );
    expect(inserted).toEqual([]);
  });
});

describe("verifying does not mind", () => {
  it("details that were erased, by deleting the account", async () => {
    const { access_token: token, user } = await service.signUp();
    service.advance(301);
    await service.call("POST", "/dev/cron");
    const before = await verify();
    const details = () =>
      service.database.query(
        `select 1 from auth.audit_details d join auth.audit_events e on e.id = d.event_id and d.ip <> 'erased'
         where e.subject_id = $1`,
        [user.id],
      );
    expect(await details()).toHaveLength(1);
    expect((await service.call("DELETE", "users/me", { token })).status).toBe(204);
    expect(await details()).toHaveLength(0);
    expect(await verify()).toMatchObject({ windows: before.windows, finding: null });
  });
});
