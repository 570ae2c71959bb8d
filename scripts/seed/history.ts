import { acr } from "../../src/access/assurance.ts";
import { newId, type SessionId } from "../../src/ids.ts";
import { dayMs, type Origin, type Person, startOfDay, timeOfDay } from "./people.ts";
import type { Draw } from "./random.ts";
import { weekdays } from "./words.ts";

export const shownDays = 30;
const minuteMs = 60_000;

export type Session = {
  readonly id: SessionId;
  readonly person: Person;
  readonly origin: Origin;
  readonly at: number;
  readonly lastUsedAt: number;
  readonly ended: { at: number; reason: "logout" | "suspended" } | undefined;
  readonly amr: readonly string[];
  readonly acr: string;
  readonly method: string;
  /** Which of the person's factors an `acr` of two hangs on. */
  readonly factor: "totp" | "passkey" | undefined;
};

export type Happening = {
  readonly at: number;
  readonly action: string;
  readonly outcome?: "denied";
  readonly actor?: string;
  readonly subject?: string;
  readonly session?: string;
  readonly origin: Origin;
  readonly email?: string;
  readonly text?: string;
};

export type History = { sessions: Session[]; happenings: Happening[]; throttled: Map<number, number> };

/** What people did: how they came, and for 30 days how they signed in, or failed to. */
export function makeHistory(draw: Draw, people: readonly Person[], now: number): History {
  const last = now - 6 * minuteMs;
  const first = startOfDay(now) - (shownDays - 1) * dayMs;
  const sessions: Session[] = [];
  const happenings: Happening[] = [];
  const operator = people[3] ?? people[0];
  for (const person of people) {
    const opened = [signUp(draw, person, last, happenings)];
    for (let day = Math.max(first, startOfDay(person.createdAt)); day <= last; day += dayMs) {
      const due = person.rate * (weekdays[new Date(day).getUTCDay()] ?? 1) * draw.between(0.7, 1.2);
      for (let left = due; draw.chance(left); left -= 0.75) {
        const at = Math.floor(timeOfDay(draw, day));
        if (at <= person.createdAt || at > Math.min(last, person.suspended?.at ?? last)) continue;
        fail(draw, person, at, happenings);
        opened.push(signIn(draw, person, at, last, happenings));
      }
    }
    sessions.push(...opened.flatMap((session) => (session && session.at >= first ? session : [])));
    if (person.suspended && operator) {
      const { at, reason } = person.suspended;
      const origin = operator.origins[0] ?? (person.origins[0] as Origin);
      happenings.push({
        at,
        action: "user.suspended",
        actor: operator.id,
        subject: person.id,
        origin,
        text: reason,
      });
    }
  }
  const throttled = attack(draw, people, startOfDay(now) - 11 * dayMs, happenings);
  happenings.sort((a, b) => a.at - b.at);
  return { sessions, happenings: happenings.filter(({ at }) => at <= last), throttled };
}

const ofSelf = ({ id }: Person) => ({ actor: id, subject: id });

function signUp(draw: Draw, person: Person, last: number, happenings: Happening[]): Session {
  const { createdAt: at } = person;
  const origin = person.origins[0] as Origin;
  const session = openSession(draw, person, origin, at, last);
  happenings.push({ at, action: "account.created", ...ofSelf(person), session: session.id, origin });
  signOut(session, happenings);
  if (person.verified) {
    const verifiedAt = at + Math.floor(draw.between(40, 400)) * 1000;
    happenings.push({ at: verifiedAt, action: "email.verified", ...ofSelf(person), origin });
  }
  const factors = [
    ...(person.totpAt === undefined ? [] : [["mfa.totp_enrolled", person.totpAt] as const]),
    ...person.passkeysAt.map((madeAt) => ["passkey.registered", madeAt] as const),
  ];
  for (const [action, madeAt] of factors) happenings.push({ at: madeAt, action, ...ofSelf(person), origin });
  return session;
}

function signIn(draw: Draw, person: Person, at: number, last: number, happenings: Happening[]): Session {
  const origin = person.origins[draw.weighted([8, 3, 1].slice(0, person.origins.length))] as Origin;
  const session = openSession(draw, person, origin, at, last);
  const common = { ...ofSelf(person), session: session.id, origin };
  happenings.push({ at, action: "login.succeeded", ...common, text: session.method });
  signOut(session, happenings);
  return session;
}

function signOut({ id, ended, person, origin }: Session, happenings: Happening[]): void {
  if (ended?.reason !== "logout") return;
  happenings.push({ at: ended.at, action: "session.ended", ...ofSelf(person), session: id, origin });
}

/** Somebody mistypes a password once or twice before it is right. */
function fail(draw: Draw, person: Person, at: number, happenings: Happening[]): void {
  if (!draw.chance(0.06)) return;
  for (let i = draw.chance(0.25) ? 2 : 1; i > 0; i--) {
    const origin = person.origins[0] as Origin;
    happenings.push({
      at: at - i * Math.floor(draw.between(9, 40)) * 1000,
      action: "login.refused",
      outcome: "denied",
      subject: person.id,
      origin,
      email: person.email,
      text: "invalid_credentials",
    });
  }
}

/** One night somebody tried what had leaked elsewhere. Nothing came of it, and most of it was not even looked at. */
function attack(
  draw: Draw,
  people: readonly Person[],
  day: number,
  happenings: Happening[],
): Map<number, number> {
  const tries = Math.round(people.length / 12);
  const victims = people.filter(({ createdAt }) => createdAt < day);
  for (let i = 0; i < tries && victims.length > 0; i++) {
    const known = draw.chance(0.4) ? draw.pick(victims) : undefined;
    const ip = `203.0.113.${200 + draw.below(24)}`;
    happenings.push({
      at: Math.floor(day + (2 + draw.next()) * 3_600_000),
      action: "login.refused",
      outcome: "denied",
      origin: { ip, network: ip, userAgent: "python-requests/2.32.5", place: { city: "", country: "" } },
      ...(known && { subject: known.id, email: known.email }),
      text: "invalid_credentials",
    });
  }
  return new Map([
    [day, tries * 3],
    [day + 4 * dayMs, 7],
    [day + 9 * dayMs, 3],
  ]);
}

function openSession(draw: Draw, person: Person, origin: Origin, at: number, last: number): Session {
  const passkeyAt = Math.min(...person.passkeysAt);
  const byPasskey = passkeyAt < at && draw.chance(0.8);
  const byTotp = !byPasskey && person.totpAt !== undefined && person.totpAt < at;
  const until = Math.min(last, at + draw.next() ** 2 * 6 * dayMs);
  const { suspended } = person;
  const isOut = draw.chance(0.3);
  const lastUsedAt = Math.floor(Math.min(until, suspended?.at ?? until));
  const ended = isOut
    ? ({ at: lastUsedAt, reason: "logout" } as const)
    : suspended && ({ at: suspended.at, reason: "suspended" } as const);
  return {
    id: newId<SessionId>({ clock: { now: () => new Date(at), offsetSeconds: 0 }, random: draw }),
    person,
    origin,
    at,
    lastUsedAt: Math.max(lastUsedAt, at),
    ended,
    ...(byPasskey
      ? { amr: ["swk", "user", "mfa"], acr: acr.two, method: "passkey", factor: "passkey" }
      : byTotp
        ? { amr: ["otp", "pwd", "mfa"], acr: acr.two, method: "totp", factor: "totp" }
        : { amr: ["pwd"], acr: acr.one, method: "password", factor: undefined }),
  };
}
