import { Busy, type HashLane, type PasswordHasher } from "../ports.ts";

const queuePerSlot = 8;
const longestWaitMs = 2000;

/** Hashes whatever it is given. */
type Hasher = Omit<PasswordHasher, "refuseWhenFull">;

type Waiter = { readonly lane: HashLane; readonly start: () => void };

/**
 * Lets `slots` hashes run at a time and eight times as many wait, up to two seconds: past that
 * work is refused at once instead of piling up, and so is what would wait for longer by the time that hashes take.
 * Sign-ups take at most half the slots and half the places in the queue, and sign-ins go first, so that a flood of the
 * one does not stop the other.
 */
export function queueHashes(hasher: Hasher, slots: number): PasswordHasher {
  const running = { "sign-in": 0, "sign-up": 0 };
  const waiting: Waiter[] = [];
  const places = slots * queuePerSlot;
  /** How long a hash has been taking lately. */
  let usualMs = 0;
  const signUpSlots = Math.max(1, Math.floor(slots / 2));
  const fits = (lane: HashLane) =>
    running["sign-in"] + running["sign-up"] < slots &&
    (lane === "sign-in" || running["sign-up"] < signUpSlots);
  const mayWait = (lane: HashLane) => {
    const same = waiting.filter((waiter) => waiter.lane === lane).length;
    const inVain = ((waiting.length + 1) / slots) * usualMs > longestWaitMs;
    return waiting.length < places && !inVain && (lane === "sign-in" || same < places / 2);
  };

  const startNext = () => {
    const next = (["sign-in", "sign-up"] as const).find(
      (lane) => fits(lane) && waiting.some((waiter) => waiter.lane === lane),
    );
    const index = waiting.findIndex(({ lane }) => lane === next);
    if (index >= 0) waiting.splice(index, 1)[0]?.start();
  };

  const takeSlot = (lane: HashLane) =>
    new Promise<void>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const start = () => {
        clearTimeout(timer);
        running[lane]++;
        resolve();
      };
      const waiter = { lane, start };
      const giveUp = () => {
        waiting.splice(waiting.indexOf(waiter), 1);
        reject(new Busy("waited too long for a hashing slot"));
      };
      if (fits(lane)) start();
      else if (!mayWait(lane)) reject(new Busy("the hashing queue is full"));
      else {
        timer = setTimeout(giveUp, longestWaitMs);
        waiting.push(waiter);
      }
    });

  const inSlot = async <T>(lane: HashLane, work: () => Promise<T>): Promise<T> => {
    await takeSlot(lane);
    try {
      // Where hashing blocks the thread (workerd), this is when others queue, give up and are answered.
      await new Promise((turn) => setTimeout(turn));
      const begunAt = performance.now();
      const result = await work();
      usualMs += (performance.now() - begunAt - usualMs) / 8;
      return result;
    } finally {
      running[lane]--;
      startNext();
    }
  };

  return {
    hash: (password, lane) => inSlot(lane, () => hasher.hash(password, lane)),
    verify: (password, stored) => inSlot("sign-in", () => hasher.verify(password, stored)),
    isCurrent: (stored) => hasher.isCurrent(stored),
    refuseWhenFull: (lane) => {
      if (!fits(lane) && !mayWait(lane)) throw new Busy("the hashing queue is full");
    },
  };
}
