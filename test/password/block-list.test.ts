import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { blockListSource } from "../../scripts/build-block-list.ts";
import { bloomFilter, mayContain } from "../../src/lib/bloom-filter.ts";
import { isCommon } from "../../src/password/is-common.ts";
import { heavy, inParallel, tally } from "../support/heavy.ts";
import { useService } from "../support/service.ts";

const service = useService();
const source = "src/password/common-passwords.ts";
const common = readFileSync("test/vectors/common-passwords-ge8.txt", "utf8").split("\n").filter(Boolean);

describe("the list of common passwords", () => {
  it("is what its script makes of the vectors, and at most 64 KB", () => {
    const text = readFileSync(source, "utf8");
    expect(text === blockListSource(), "run node scripts/build-block-list.ts").toBe(true);
    expect(text.length).toBeLessThanOrEqual(64_000);
  });

  it.each([
    ["as it is", (text: string) => text],
    ["with its first letter raised", (text: string) => text.charAt(0).toUpperCase() + text.slice(1)],
    ["in capitals", (text: string) => text.toUpperCase()],
  ])("knows each of its 17,950 entries %s", (_, change) => {
    expect(common).toHaveLength(17_950);
    expect(common.filter((entry) => !isCommon(change(entry)))).toEqual([]);
  });

  it("takes at most 2 in 1,000 good passwords for common ones", () => {
    const rounds = 100_000;
    let mistaken = 0;
    for (let i = 0; i < rounds; i++) if (isCommon(randomBytes(12).toString("base64"))) mistaken++;
    console.log(`Good passwords taken for common ones: ${mistaken} of ${rounds}`);
    expect(mistaken / rounds).toBeLessThan(0.002);
  });

  it("is refused at sign-up, entry by entry, before the database is asked", async () => {
    const before = service.statements.length;
    const tried = heavy ? common : common.filter((_, i) => i % 10 === 0);
    const codes = await inParallel(tried.length, async (i) => {
      const json = { email: "ada@corp.example", password: tried[i] };
      const { status, body } = await service.call("POST", "auth/signup", { json });
      const [error] = body.errors as { pointer: string; code: string }[];
      return `${status} ${error?.pointer} ${error?.code}`;
    });
    expect(tally(codes)).toEqual({ "422 /password common_password": tried.length });
    expect(service.statements.length).toBe(before);
  });
});

describe("a Bloom filter", () => {
  it("knows what is in it, and little else", () => {
    const filter = bloomFilter(["one", "two", "drei ✓"], 64);
    expect(["one", "two", "drei ✓"].every((text) => mayContain(filter, text))).toBe(true);
    expect(["One", "three", ""].some((text) => mayContain(filter, text))).toBe(false);
    expect(mayContain(new Uint8Array(64), "one")).toBe(false);
  });
});
