import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientAddress } from "../../src/http/caller.ts";
import { isLoopbackHost, isWithin, parseCidr, parseClientAddress } from "../../src/lib/network.ts";
import { anyText, nearly } from "../support/texts.ts";

const address = fc.oneof(fc.ipV4(), fc.ipV4Extended(), fc.ipV6());
const texts = fc.oneof(
  anyText,
  address,
  nearly(address),
  address.map((each) => `${each}%eth0`),
);

describe("an address", () => {
  it("has one spelling, which is its own, within its network, whatever it is read from", () => {
    let read = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseClientAddress(text);
        expect(isLoopbackHost(text)).toBeTypeOf("boolean");
        if (!parsed) return;
        read++;
        expect(parsed.ip).toMatch(/^[0-9a-f.:]+$/);
        expect(parseClientAddress(parsed.ip)).toEqual(parsed);
        const network = parseCidr(parsed.network.includes("/") ? parsed.network : `${parsed.network}/32`);
        expect(network && isWithin(parsed.ip, [network])).toBe(true);
      }),
      { numRuns: 5000 },
    );
    expect(read).toBeGreaterThan(1000);
  });

  it("is within a range or not, and a range is one or not, whatever either is", () => {
    const range = fc.tuple(address, fc.nat(130)).map(([ip, bits]) => `${ip}/${bits}`);
    fc.assert(
      fc.property(texts, fc.oneof(anyText, range, nearly(range)), (text, given) => {
        const cidr = parseCidr(given);
        expect(isWithin(text, cidr ? [cidr] : [])).toBeTypeOf("boolean");
      }),
      { numRuns: 5000 },
    );
  });
});

describe("the client's address", () => {
  const trusted = [parseCidr("10.0.0.0/8"), parseCidr("fd00::/8")].filter((range) => range !== undefined);
  const hops = fc.array(
    fc.oneof(texts, fc.constantFrom("10.1.2.3", "fd00::1", "198.51.100.1:443", "[2001:db8::1]:9")),
    {
      maxLength: 5,
    },
  );

  it("is the peer's, whatever the header says, unless the peer is a trusted proxy", () => {
    fc.assert(
      fc.property(hops, (all) => {
        expect(clientAddress({ remoteAddress: "203.0.113.1" }, all.join(","), trusted)?.ip).toBe(
          "203.0.113.1",
        );
      }),
    );
  });

  it("is never a word that stands left of the proxies' own, whatever the header says", () => {
    fc.assert(
      fc.property(
        hops,
        fc.ipV4(),
        fc.array(fc.constantFrom("10.1.2.3", "fd00::1"), { maxLength: 3 }),
        (claimed, ip, ours) => {
          fc.pre(!isWithin(ip, trusted));
          const header = [...claimed, ip, ...ours].join(", ");
          expect(clientAddress({ remoteAddress: "10.0.0.1" }, header, trusted)?.ip).toBe(
            parseClientAddress(ip)?.ip,
          );
        },
      ),
    );
  });

  it("is one, whatever peer and header are, if the peer has one", () => {
    fc.assert(
      fc.property(texts, fc.option(hops, { nil: undefined }), (remoteAddress, all) => {
        const client = clientAddress({ remoteAddress }, all?.join(","), trusted);
        expect(client !== undefined).toBe(parseClientAddress(remoteAddress) !== undefined);
        if (client) expect(parseClientAddress(client.ip)).toEqual(client);
      }),
      { numRuns: 3000 },
    );
  });
});
