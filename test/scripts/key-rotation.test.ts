import { describe, expect, it } from "vitest";
import { decideSecret, decideSigning } from "../../scripts/key-rotation.ts";
import type { DatedJwk } from "../../scripts/secrets.ts";

const [accessLife, start] = [1800, 1_800_000_000];

const key = (kid: string, iat?: unknown, alg = "ES256"): DatedJwk => ({
  kty: "EC",
  kid,
  alg,
  ...(iat !== undefined && { iat }),
});

function decide(keys: readonly DatedJwk[], now = start) {
  const decision = decideSigning(keys, { alg: "ES256", accessLife, now });
  return "keys" in decision ? { ...decision, keys: decision.keys.map(({ kid }) => kid) } : decision;
}

describe("the next step of a rotation of signing keys follows from the set", () => {
  const old = key("old", start - 90 * 86_400);

  it("one key, or none with a date: another is published", () => {
    const publish = { step: "publish", madeAt: start, nextAt: start + 600 };
    for (const set of [[old], [key("a")], [key("a"), key("b")], [key("a", "yesterday"), key("b", 1.5)]]) {
      expect(decide(set)).toEqual(publish);
    }
  });

  it("the newest is not first: it goes there, ten minutes after it was made and not before", () => {
    const set = [old, key("new", start)];
    expect(decide(set, start + 599)).toEqual({ step: "sign", notBefore: start + 600 });
    const nextAt = start + 600 + accessLife + 60;
    expect(decide(set, start + 600)).toEqual({ step: "sign", keys: ["new", "old"], nextAt });
  });

  it("the newest is first: the older ones go, once nothing that they signed can be good", () => {
    const set = [key("new", start), old];
    const notBefore = start + 600 + accessLife + 60;
    expect(decide(set, notBefore - 1)).toEqual({ step: "retire", notBefore });
    expect(decide(set, notBefore)).toEqual({ step: "retire", keys: ["new"] });
    expect(decide([key("new", start)], notBefore)).toMatchObject({ step: "publish" });
  });

  it("a key without a date is older than any", () => {
    expect(decide([key("a"), key("new", start)], start + 600)).toMatchObject({ keys: ["new", "a"] });
    expect(decide([key("new", start), key("a")], start + 86_400)).toMatchObject({ keys: ["new"] });
  });

  it("a step that was not deployed is answered again, and several old keys go at once", () => {
    const set = [old, key("older", 1), key("new", start)];
    for (let i = 0; i < 2; i++) expect(decide(set, start + 600)).toMatchObject({ step: "sign" });
    expect(decide([key("new", start), old, key("older", 1)], start + 86_400)).toEqual({
      step: "retire",
      keys: ["new"],
    });
  });

  it("a new key is the newest even when clocks differ, or two are made in one second", () => {
    expect(decide([key("a", start + 30)])).toEqual({
      step: "publish",
      madeAt: start + 31,
      nextAt: start + 631,
    });
  });

  it("keys of other algorithms neither count nor go", () => {
    const foreign = key("foreign", start + 5, "EdDSA");
    expect(decide([foreign, old])).toMatchObject({ step: "publish", madeAt: start });
    expect(decide([foreign, old, key("new", start)], start + 600)).toMatchObject({
      keys: ["new", "foreign", "old"],
    });
    expect(decide([key("new", start), foreign, old], start + 86_400)).toMatchObject({
      keys: ["new", "foreign"],
    });
  });

  it("retires nothing before the tokens of what signed last are over, however long after it was made the new key signs", () => {
    const decided = decideSigning([old, key("new", start)], {
      alg: "ES256",
      accessLife,
      now: start + 86_400,
    });
    const keys = "keys" in decided ? decided.keys : [];
    const next = (now: number) => decideSigning(keys, { alg: "ES256", accessLife, now });
    expect(next(start + 86_401)).toEqual({ step: "retire", notBefore: start + 86_400 + accessLife + 60 });
    expect(next(start + 86_400 + accessLife + 60)).toMatchObject({ step: "retire", keys: [{ kid: "new" }] });
  });

  it("from any set, the signing key never goes, is never one that was not published for ten minutes, and the end is one key", () => {
    let [set, now] = [[key("a"), key("b", start - 700), key("c", start - 1)] as readonly DatedJwk[], start];
    const steps: string[] = [];
    for (let i = 0; i < 12; i++) {
      const decision = decideSigning(set, { alg: "ES256", accessLife, now });
      if ("notBefore" in decision) {
        now = decision.notBefore;
        continue;
      }
      steps.push(decision.step);
      if (decision.step === "publish") set = [...set, key(`made-${i}`, decision.madeAt)];
      else {
        const [before, after] = [set[0], decision.keys[0]];
        expect(now).toBeGreaterThanOrEqual(Number(after?.iat) + 600);
        if (decision.step === "retire") expect(after).toBe(before);
        else expect(decision.keys).toContain(before);
        set = decision.keys;
      }
    }
    expect(steps).toEqual(["sign", "retire", "publish", "sign", "retire", "publish", "sign"]);
  });
});

describe("a step of a rotation of a secret is named", () => {
  const fresh = () => "fresh";

  it("and leads from one secret by way of both to the other", () => {
    expect(decideSecret("publish", { current: "a", previous: undefined }, fresh)).toEqual({
      previous: "fresh",
    });
    expect(decideSecret("sign", { current: "a", previous: "b" }, fresh)).toEqual({
      current: "b",
      previous: "a",
    });
    expect(decideSecret("retire", { current: "b", previous: "a" }, fresh)).toEqual({ previous: "" });
  });

  it("and refused where it would lose a secret or has none to act on", () => {
    expect(decideSecret("publish", { current: "a", previous: "b" }, fresh)).toEqual({ refused: "under way" });
    for (const step of ["sign", "retire"] as const) {
      for (const previous of [undefined, ""]) {
        expect(decideSecret(step, { current: "a", previous }, fresh)).toEqual({ refused: "not begun" });
      }
    }
  });
});
