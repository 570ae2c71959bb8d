import { describe, expect, it } from "vitest";
import { queueHashes } from "../../src/adapters/hash-queue.ts";
import { Busy, type HashLane, type PasswordHasher } from "../../src/ports.ts";

/** A hasher whose work ends when it is told to, and which remembers how much ran at once. */
function controlledHasher() {
  const open: (() => void)[] = [];
  let running = 0;
  const seen = { most: 0 };
  const work = () =>
    new Promise<void>((done) => {
      seen.most = Math.max(seen.most, ++running);
      open.push(() => {
        running--;
        done();
      });
    });
  const hasher: Omit<PasswordHasher, "refuseWhenFull"> = {
    hash: async (password) => {
      await work();
      if (password === "fails") throw new Error("no");
      return password;
    },
    verify: async () => {
      await work();
      return true;
    },
    isCurrent: () => true,
  };
  const settle = async () => {
    for (let turn = 0; turn < 3; turn++) await new Promise((wake) => setTimeout(wake, 1));
  };
  const finishOne = async () => {
    await settle();
    open.shift()?.();
    await settle();
  };
  return { hasher, seen, open, finishOne, settle };
}

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => "done",
    (error: Error) => (error instanceof Busy ? "busy" : error.message),
  );

describe("the hashing queue", () => {
  it("runs as many at a time as it has slots, queues eight times as many, and refuses the rest at once", async () => {
    const { hasher, seen, open, finishOne, settle } = controlledHasher();
    const queued = queueHashes(hasher, 2);
    const outcomes = Array.from({ length: 20 }, () => outcome(queued.hash("x", "sign-in")));
    await settle();
    expect(open).toHaveLength(2);
    for (let i = 0; i < 18; i++) await finishOne();
    expect((await Promise.all(outcomes)).filter((each) => each === "busy")).toHaveLength(2);
    expect(seen.most).toBe(2);
  });

  it("says beforehand that it would refuse, to those who come too late", async () => {
    const { hasher, finishOne, settle } = controlledHasher();
    const queued = queueHashes(hasher, 2);
    const outcomes = Array.from({ length: 17 }, () => outcome(queued.hash("x", "sign-in")));
    await settle();
    expect(() => queued.refuseWhenFull("sign-in")).not.toThrow();
    outcomes.push(outcome(queued.hash("x", "sign-in")));
    await settle();
    expect(() => queued.refuseWhenFull("sign-in")).toThrow(Busy);
    expect(() => queued.refuseWhenFull("sign-up")).toThrow(Busy);
    await finishOne();
    expect(() => queued.refuseWhenFull("sign-in")).not.toThrow();
    for (let i = 0; i < 17; i++) await finishOne();
    expect((await Promise.all(outcomes)).filter((each) => each === "busy")).toEqual([]);
  });

  it("lets sign-ups hold at most half the slots, so that a flood of them does not stop sign-ins", async () => {
    const { hasher, open, settle } = controlledHasher();
    const queued = queueHashes(hasher, 4);
    const lanes: HashLane[] = ["sign-up", "sign-up", "sign-up", "sign-up"];
    const flood = lanes.map((lane) => outcome(queued.hash("x", lane)));
    await settle();
    expect(open).toHaveLength(2);
    const signIn = outcome(queued.verify("x", "y"));
    await settle();
    expect(open).toHaveLength(3);
    while (open.length) {
      open.shift()?.();
      await settle();
    }
    expect(await Promise.all([...flood, signIn])).toEqual(["done", "done", "done", "done", "done"]);
  });

  it.each([1, 2, 4])("keeps room for sign-ins through a flood of sign-ups, with %d slots", async (slots) => {
    const { hasher, open, settle } = controlledHasher();
    const queued = queueHashes(hasher, slots);
    const flood = Array.from({ length: 200 }, () => outcome(queued.hash("x", "sign-up")));
    await settle();
    const signIns = Array.from({ length: slots * 4 }, () => outcome(queued.verify("x", "y")));
    const finished: string[] = [];
    for (const signIn of signIns) void signIn.then((each) => finished.push(each));
    for (let i = 0; i < slots * 6 && finished.length < signIns.length; i++) {
      open.shift()?.();
      await settle();
    }
    expect(finished).toEqual(signIns.map(() => "done"));
    while (open.length) {
      open.shift()?.();
      await settle();
    }
    expect((await Promise.all(flood)).filter((each) => each === "busy").length).toBeGreaterThan(100);
  });

  it("frees its slot when the work fails", async () => {
    const { hasher, finishOne } = controlledHasher();
    const queued = queueHashes(hasher, 1);
    const first = outcome(queued.hash("fails", "sign-in"));
    const second = outcome(queued.hash("x", "sign-in"));
    await finishOne();
    await finishOne();
    expect([await first, await second]).toEqual(["no", "done"]);
  });

  it("gives up on a slot after two seconds", async () => {
    const { hasher, finishOne } = controlledHasher();
    const queued = queueHashes(hasher, 1);
    const first = outcome(queued.hash("x", "sign-in"));
    expect(await outcome(queued.hash("x", "sign-in"))).toBe("busy");
    await finishOne();
    expect(await first).toBe("done");
  });
});
