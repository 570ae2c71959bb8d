import { newId, type UserId } from "../../src/ids.ts";
import { parseClientAddress } from "../../src/lib/network.ts";
import type { Draw } from "./random.ts";
import { agents, firstNames, hours, idleHours, lastNames, places, weekdays } from "./words.ts";

export const dayMs = 86_400_000;
const minuteMs = 60_000;
const monthsDays = 300;

/** A browser in a network, as a request shows it. */
export type Origin = {
  readonly ip: string;
  readonly network: string;
  readonly userAgent: string;
  readonly place: { city: string; country: string };
};

export type Person = {
  readonly id: UserId;
  readonly name: string;
  readonly email: string;
  /** Milliseconds, like every instant here. */
  readonly createdAt: number;
  readonly verified: boolean;
  readonly roles: string[];
  readonly origins: readonly Origin[];
  /** Sign-ins on a working day. */
  readonly rate: number;
  /** Of the second factors they have, when each was set up. */
  readonly totpAt: number | undefined;
  readonly passkeysAt: readonly number[];
  readonly suspended: { at: number; reason: string; until: number | null } | undefined;
};

export const isWorkday = (day: number) => (weekdays[new Date(day).getUTCDay()] ?? 1) > 0.5;

/** An instant of that day, when people do things. */
export function timeOfDay(draw: Draw, day: number): number {
  return day + (draw.weighted(isWorkday(day) ? hours : idleHours) + draw.next()) * 60 * minuteMs;
}

export const startOfDay = (at: number) => Math.floor(at / dayMs) * dayMs;

/** `count` people, the first to come first, more of them month by month. */
export function makePeople(
  draw: Draw,
  { count, now, taken }: { count: number; now: number; taken: Set<string> },
): Person[] {
  const last = now - 10 * minuteMs;
  const today = startOfDay(now);
  const days = Array.from({ length: monthsDays }, (_, index) => today - (monthsDays - 1 - index) * dayMs);
  const weights = days.map(
    (day, index) => (weekdays[new Date(day).getUTCDay()] ?? 1) * (0.35 + index / monthsDays),
  );
  const joined = Array.from({ length: count }, () => timeOfDay(draw, days[draw.weighted(weights)] ?? today))
    .map((at) => (at <= last ? at : at - dayMs))
    .sort((a, b) => a - b);
  return joined.map((at, index) => makePerson(draw, { at: Math.floor(at), index, last, taken }));
}

function makePerson(
  draw: Draw,
  { at, index, last, taken }: { at: number; index: number; last: number; taken: Set<string> },
): Person {
  const [first, family] = [draw.pick(firstNames), draw.pick(lastNames)];
  const later = (share: number) => Math.floor(at + (last - at) * share);
  const totpAt = draw.chance(0.11) ? later(draw.next() ** 3) : undefined;
  const passkeysAt = draw.chance(0.14)
    ? Array.from({ length: draw.chance(0.25) ? 2 : 1 }, () => later(draw.next() ** 2))
    : [];
  const suspendedAt = later(draw.between(0.6, 1));
  // Operators are never among the suspended: an account of theirs is made first.
  const roles = [
    "user",
    ...(operatorRoles[index] ? [operatorRoles[index]] : draw.chance(0.02) ? ["beta"] : []),
  ];
  return {
    id: newId<UserId>({ clock: { now: () => new Date(at), offsetSeconds: 0 }, random: draw }),
    name: `${first} ${family}`,
    email: makeAddress(draw, first, family, taken),
    createdAt: at,
    verified: draw.chance(at > last - 2 * dayMs ? 0.6 : 0.93) || index < operatorRoles.length,
    roles,
    origins: makeOrigins(draw),
    rate: ([0.95, 0.35, 0.09, 0] as const)[draw.weighted([14, 30, 36, 20])] ?? 0,
    totpAt,
    passkeysAt,
    suspended:
      index >= operatorRoles.length && draw.chance(0.015)
        ? {
            at: suspendedAt,
            reason: draw.pick(["Chargeback", "Spam", "Shared account", "Reported by support"]),
            until: draw.chance(0.3) ? last + 14 * dayMs : null,
          }
        : undefined,
  };
}

/** Of the first to come, what they are beside users. Nobody is an admin: nobody could sign in as one. */
export const operatorRoles = [
  "support",
  "auditor",
  "support",
  "user-manager",
  "support",
  "auditor",
  "user-manager",
];

function makeAddress(draw: Draw, first: string, family: string, taken: Set<string>): string {
  const plain = (text: string) =>
    text
      .normalize("NFD")
      .replace(/[^A-Za-z]/g, "")
      .toLowerCase();
  const domain = draw.chance(0.6) ? "example.com" : "example.org";
  const [given, surname] = [plain(first), plain(family)];
  const stem = draw.pick([
    `${given}.${surname}`,
    `${given}.${surname}`,
    `${given[0]}${surname}`,
    `${given}_${surname}`,
  ]);
  for (let number = 0; ; number++) {
    const address = `${stem}${number === 0 ? "" : number + 1}@${domain}`;
    if (taken.has(address)) continue;
    taken.add(address);
    return address;
  }
}

/** The ranges that documentation has for itself (RFC 5737, RFC 3849): nobody is ever met there. */
const ranges = ["192.0.2", "198.51.100", "203.0.113"];

function makeOrigins(draw: Draw): Origin[] {
  const place = places[draw.weighted(places.map(([weight]) => weight))]?.[1] ?? {
    city: "Berlin",
    country: "DE",
  };
  return Array.from({ length: 1 + draw.weighted([55, 33, 12]) }, () => {
    const hex = (most: number) => draw.below(most).toString(16);
    const text = draw.chance(0.35)
      ? `2001:db8:${hex(0xffff)}:${hex(0xff)}::${hex(0xffff)}`
      : `${draw.pick(ranges)}.${1 + draw.below(254)}`;
    const { ip, network } = parseClientAddress(text) ?? { ip: text, network: text };
    const userAgent = agents[draw.weighted(agents.map(([weight]) => weight))]?.[1] ?? "";
    return { ip, network, userAgent, place };
  });
}
