import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { goodPassword } from "../support/client.ts";
import { inParallel, tally } from "../support/heavy.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

describe("sign-up under races", () => {
  it("makes one account out of 500 parallel sign-ups of one address in many spellings", async () => {
    const local = `race${randomBytes(4).toString("hex")}`;
    const spellings = [
      `${local}@bücher.example`,
      `${local}@xn--bcher-kva.example`,
      `${local.toUpperCase()}@BÜCHER.example`,
      `${local}@XN--BCHER-KVA.EXAMPLE`,
      `${local}@bu\u0308cher.example`,
    ];
    const replies = await inParallel(500, (index) =>
      service.call("POST", "auth/signup", {
        json: { email: spellings[index % spellings.length], password: goodPassword },
      }),
    );
    const counts = tally(replies.map(({ status }) => status));
    expect(counts[201]).toBe(1);
    expect(Object.keys(counts).filter((status) => !["201", "409", "429", "503"].includes(status))).toEqual(
      [],
    );
    for (const { status, headers } of replies) {
      if (status === 429 || status === 503) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    const rows = await service.database.query("select 1 from auth.users where email_key = $1", [
      `${local}@xn--bcher-kva.example`,
    ]);
    expect(rows).toHaveLength(1);
  });
});
