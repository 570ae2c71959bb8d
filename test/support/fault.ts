/**
 * What can go wrong on the way to a database with one statement: it never arrives; it takes effect and the reply is lost, or
 * breaks off; it arrives late; or the way itself answers that it cannot.
 */
export type Fault = "cut before" | "cut after" | "cut short" | "late" | "500";

export type FaultProxy = {
  /** Where the service reaches the database. */
  readonly port: number;
  /** Lets `fault` befall the statement that comes after `skip` others. */
  arm(fault: Fault, skip: number): void;
  /** Lets everything by again, and says whether the fault has befallen a statement. */
  disarm(): boolean;
  close(): Promise<void>;
};

export const lateMs = 10_000;

/** Counts statements, and says of each what befalls it. */
export function createTrigger() {
  let armed: { fault: Fault; left: number } | undefined;
  let wasHit = false;
  return {
    arm: (fault: Fault, skip: number) => {
      armed = { fault, left: skip };
      wasHit = false;
    },
    disarm: () => {
      armed = undefined;
      return wasHit;
    },
    next: (): Fault | undefined => {
      if (!armed || armed.left-- > 0) return undefined;
      const { fault } = armed;
      armed = undefined;
      wasHit = true;
      return fault;
    },
  };
}
