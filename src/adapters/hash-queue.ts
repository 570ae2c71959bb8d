import { Busy, type HashLane, type PasswordHasher } from "../ports.ts";

const queuePerSlot = 8;
const longestWaitMs = 2000;

type Waiter = { readonly lane: HashLane; readonly start: () => void };

/**
 * Lets `slots` hashes run at a time and eight times as many wait, up to two seconds: past that
 * work is refused at once instead of piling up. Sign-ups hold at most half the slots.
 */
export function queueHashes(hasher: PasswordHasher, slots: number): PasswordHasher {
  const running = { "sign-in": 0, "sign-up": 0 };
  const waiting: Waiter[] = [];
  const signUpSlots = Math.max(1, Math.floor(slots / 2));
  const fits = (lane: HashLane) =>
    running["sign-in"] + running["sign-up"] < slots &&
    (lane === "sign-in" || running["sign-up"] < signUpSlots);

  const startNext = () => {
    const index = waiting.findIndex(({ lane }) => fits(lane));
    if (index >= 0) waiting.splice(index, 1)[0]?.start();
  };

  const takeSlot = (lane: HashLane) =>
    new Promise<void>((resolve, reject) => {
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
      let timer: ReturnType<typeof setTimeout> | undefined;
      if (fits(lane)) start();
      else if (waiting.length >= slots * queuePerSlot) reject(new Busy("the hashing queue is full"));
      else {
        timer = setTimeout(giveUp, longestWaitMs);
        waiting.push(waiter);
      }
    });

  const inSlot = async <T>(lane: HashLane, work: () => Promise<T>): Promise<T> => {
    await takeSlot(lane);
    try {
      return await work();
    } finally {
      running[lane]--;
      startNext();
    }
  };

  return {
    hash: (password, lane) => inSlot(lane, () => hasher.hash(password, lane)),
    verify: (password, phc) => inSlot("sign-in", () => hasher.verify(password, phc)),
  };
}
