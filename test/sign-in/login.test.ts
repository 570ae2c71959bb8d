import { describe, expect, it } from "vitest";
import { freshEmail, freshIp, goodPassword } from "../support/client.ts";
import { heavy, inParallel, tally } from "../support/heavy.ts";
import { startService, useService } from "../support/service.ts";
import { allowedGap, compareTimes } from "../support/timing.ts";

const service = useService();

const form = (fields: Record<string, string>, ip = freshIp()) =>
  service.call("POST", "auth/login", { form: { username: "a@example.com", password: "x", ...fields }, ip });

describe("the form dialect (RFC 6749 §5.2)", () => {
  it("names what is wrong with a form in its own words", async () => {
    expect((await form({ grant_type: "implicit" })).body.error).toBe("unsupported_grant_type");
    const empty = await service.call("POST", "auth/login", { form: { grant_type: "password" } });
    expect([empty.status, empty.body.error]).toEqual([400, "invalid_request"]);
    const { user, email } = await service.signUp();
    await service.database.query("update auth.users set status = 'suspended' where id = $1", [user.id]);
    const suspended = await form({ username: email, password: goodPassword });
    expect([suspended.status, suspended.body.error]).toEqual([400, "invalid_grant"]);
    const refresh = await service.call("POST", "auth/refresh", {
      form: { grant_type: "refresh_token", refresh_token: "x" },
    });
    expect([refresh.status, refresh.body.error]).toEqual([400, "invalid_grant"]);
    const wrongGrant = await service.call("POST", "auth/refresh", {
      form: { grant_type: "password", refresh_token: "x" },
    });
    expect(wrongGrant.body.error).toBe("unsupported_grant_type");
  });

  it("says temporarily_unavailable with 429 when throttled", async () => {
    const [ip, username] = [freshIp(), freshEmail()];
    for (let i = 0; i < 10; i++) await form({ username }, ip);
    const { status, body, headers } = await form({ username }, ip);
    expect([status, body.error]).toEqual([429, "temporarily_unavailable"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("holds also for what is refused before the form is read", async () => {
    const large = await form({ username: "x".repeat(70_000) });
    expect([large.status, large.body.error]).toEqual([413, "invalid_request"]);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const notUtf8 = await service.call("POST", "auth/login", { raw: new Uint8Array([0x61, 0xff]), headers });
    expect([notUtf8.status, notUtf8.body.error]).toEqual([400, "invalid_request"]);
  });

  it("refuses multipart, and a form on a route that takes none", async () => {
    const raw = new FormData();
    raw.set("username", "a@example.com");
    expect((await service.call("POST", "auth/login", { raw })).status).toBe(415);
    expect((await service.call("POST", "auth/signup", { form: { email: "a@example.com" } })).status).toBe(
      415,
    );
    expect((await service.call("POST", "auth/login")).status).toBe(415);
  });
});

describe("throttling of logins", () => {
  it("gives the account and network back on success, so typing errors do not add up", async () => {
    const { email } = await service.signUp();
    const ip = freshIp();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 9; i++) expect((await service.logIn(email, "Wrong-horse-7", ip)).status).toBe(401);
      expect((await service.logIn(email, goodPassword, ip)).status).toBe(200);
    }
  });

  it("counts unknown addresses like known ones", async () => {
    const [ip, email] = [freshIp(), freshEmail()];
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++) statuses.push((await service.logIn(email, "Wrong-horse-7", ip)).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
  });

  it("counts one IPv6 /64 as one network, and IPv4 in any spelling as one", async () => {
    const email = freshEmail();
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++)
      statuses.push((await service.logIn(email, "x", `2001:db8:7:7::${i + 1}`)).status);
    expect(statuses.at(-1)).toBe(429);
    const other = freshEmail();
    for (let i = 0; i < 10; i++)
      await service.logIn(other, "x", i % 2 ? "198.51.100.9" : "::ffff:198.51.100.9");
    expect((await service.logIn(other, "x", "::ffff:c633:6409")).status).toBe(429);
  });

  it("does not believe a header about the client's address", async () => {
    const [ip, email] = [freshIp(), freshEmail()];
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++) {
      const spoofed = `203.0.113.${i}`;
      const headers = {
        "x-forwarded-for": spoofed,
        "x-real-ip": spoofed,
        forwarded: `for=${spoofed}`,
        "cf-connecting-ip": spoofed,
        "true-client-ip": spoofed,
      };
      statuses.push(
        (await service.call("POST", "auth/login", { json: { email, password: "x" }, headers, ip })).status,
      );
    }
    expect(statuses.at(-1)).toBe(429);
  });

  it("closes an account to strangers after 100 attempts from many networks, and not to its owner", async () => {
    const ip = freshIp();
    const { email } = await service.signUp({ ip });
    for (let i = 0; i < 100; i++) expect((await service.logIn(email, "Wrong-horse-7")).status).toBe(401);
    expect((await service.logIn(email, goodPassword)).status).toBe(429);
    expect((await service.logIn(email, goodPassword, ip)).status).toBe(200);
    service.advance(86_401);
    expect((await service.logIn(email, goodPassword)).status).toBe(200);
  });

  it("takes an attempt back when we were too busy to try it", async () => {
    const busy = await startService({
      PASSWORD_HASH_CONCURRENCY: "1",
      THROTTLE_LOGIN_ACCOUNT_NETWORK: "1000",
      THROTTLE_LOGIN_NETWORK: "1000",
    });
    const { email } = await busy.signUp();
    const replies = await inParallel(60, () => busy.logIn(email, "Wrong-horse-7", "192.0.2.50"));
    const counts = tally(replies.map(({ status }) => status));
    expect(counts[503]).toBeGreaterThan(0);
    const rows = await busy.database.query<{ attempts: number }>(
      "select attempts from auth.throttle_windows where attempts > 1",
    );
    expect(rows.map(({ attempts }) => attempts)).toEqual([counts[401], counts[401], counts[401]]);
    await busy.close();
  });

  it("does not sign in by a spelling that sign-up refuses", async () => {
    const { email } = await service.signUp({ email: `kevin-${Date.now()}@example.com` });
    expect((await service.logIn(email.replace("k", "\u212a"))).status).toBe(401);
  });

  it("keeps neither addresses nor networks in its table", async () => {
    const [email, ip] = [freshEmail(), "192.0.2.77"];
    await service.logIn(email, "x", ip);
    const rows = await service.database.query<{ key: string }>("select key from auth.throttle_windows");
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toMatch(/example\.com|192\.0\.2/);
  });
});

describe("login does not tell which addresses exist", () => {
  const kinds = ["known", "unknown", "passwordless"] as const;

  async function makeAddresses() {
    const passwordless = await service.signUp();
    await service.database.query("update auth.users set password_hash = null where id = $1", [
      passwordless.user.id,
    ]);
    return { known: (await service.signUp()).email, unknown: freshEmail(), passwordless: passwordless.email };
  }

  it("by status, body, headers, statements or hashing", async () => {
    const addresses = await makeAddresses();
    const seen = [];
    for (const kind of kinds) {
      const before = service.statements.length;
      const { status, headers, body } = await service.logIn(addresses[kind], "Wrong-horse-7");
      const { request_id: _, ...document } = body as unknown as Record<string, unknown>;
      const kept = [...headers].filter(([name]) => name !== "x-request-id");
      seen.push({
        status,
        document,
        kept,
        statements: service.statements.slice(before).map((text) => text.length > 0),
      });
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  if (heavy) {
    it("by time: known, unknown and known again, interleaved, against an A/A control", {
      timeout: 300_000,
    }, async () => {
      const addresses = await makeAddresses();
      const attempt = (email: string) => () => service.logIn(email, "Wrong-horse-7", "192.0.2.1");
      const arms = {
        known: attempt(addresses.known),
        unknown: attempt(addresses.unknown),
        again: attempt(addresses.known),
        passwordless: attempt(addresses.passwordless),
      };
      // A clean window each time: what is compared is the refusal, not the throttle.
      const medians = await compareTimes(arms, 1000, () =>
        service.database.query("delete from auth.throttle_windows"),
      );
      const { known, unknown, again, passwordless } = medians;
      console.log(
        `login medians in ms: known ${known.toFixed(2)}, unknown ${unknown.toFixed(2)}, known again ${again.toFixed(2)}, passwordless ${passwordless.toFixed(2)}`,
      );
      const allowed = allowedGap(medians);
      expect(Math.abs(known - unknown)).toBeLessThanOrEqual(allowed);
      expect(Math.abs(known - passwordless)).toBeLessThanOrEqual(allowed);
    });
  }
});
