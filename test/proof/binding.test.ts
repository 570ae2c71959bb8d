import { describe, expect, it } from "vitest";
import type { OutboxId } from "../../src/ids.ts";
import { codeOf, isCode } from "../../src/proof/code.ts";
import type { Binding } from "../../src/proof/kinds.ts";
import { isBoundTo, mintToken, openToken } from "../../src/proof/token.ts";

const key = (kid: string, fill: number) => ({ kid, key: new Uint8Array(32).fill(fill) });
const [current, previous, foreign] = [key("AAAAAA", 1), key("BBBBBB", 2), key("CCCCCC", 3)];

const binding: Binding = {
  kind: "password_reset",
  id: "0199a1b2-0000-7000-8000-000000000001" as OutboxId,
  userId: "0199a1b2-0000-7000-8000-000000000002",
  emailKey: "ada@example.com",
  epoch: 3,
  expiresAt: 1_900_000_000,
};

const others: Binding[] = [
  { ...binding, kind: "magic_link" },
  { ...binding, id: "0199a1b2-0000-7000-8000-000000000009" as OutboxId },
  { ...binding, userId: "0199a1b2-0000-7000-8000-000000000009" },
  { ...binding, userId: null },
  { ...binding, emailKey: "ada@example.org" },
  { ...binding, epoch: 4 },
  { ...binding, epoch: null },
  { ...binding, expiresAt: 1_900_000_001 },
];

const now = new Date(1_800_000_000_000);
const open = (keys: readonly (typeof current)[], text: string) =>
  openToken(keys, ["magic_link", "password_reset"], text, now);

describe("a one-time token", () => {
  it("is bound to each of kind, id, user, address, epoch and expiry", () => {
    const opened = open([current], mintToken([current], binding));
    if (!opened) throw new Error("our own token was not opened");
    expect(opened).toMatchObject({ kind: "password_reset", id: binding.id, expiresAt: binding.expiresAt });
    expect(isBoundTo([current], opened, binding)).toBe(true);
    for (const other of others) expect([other, isBoundTo([current], opened, other)]).toEqual([other, false]);
  });

  it("is opened by the key it names, the current one or the one being retired, and by no other", () => {
    const token = mintToken([previous], binding);
    const opened = open([current, previous], token);
    expect(opened && isBoundTo([current, previous], opened, binding)).toBe(true);
    expect(open([current], token)).toBeUndefined();
    expect(open([key("BBBBBB", 9)], token)).toBeUndefined();
    expect(open([foreign], token)).toBeUndefined();
  });

  it("is not opened once it has expired, nor for a kind that is not asked for", () => {
    const token = mintToken([current], binding);
    expect(openToken([current], ["password_reset"], token, new Date(1_900_000_000_000))).toBeUndefined();
    expect(openToken([current], ["magic_link"], token, now)).toBeUndefined();
  });
});

describe("a code", () => {
  it("is eight digits, bound to each of the same", () => {
    const code = codeOf([current], binding);
    expect(code).toMatch(/^\d{8}$/);
    expect(isCode([current], binding, `${code.slice(0, 4)} ${code.slice(4)}`)).toBe(true);
    for (const other of others) expect([other, codeOf([current], other) === code]).toEqual([other, false]);
    expect(isCode([current, previous], binding, codeOf([previous], binding))).toBe(true);
    expect(isCode([current], binding, codeOf([foreign], binding))).toBe(false);
    for (const wrong of ["", code.slice(1), `${code}0`])
      expect(isCode([current], binding, wrong)).toBe(false);
  });
});
