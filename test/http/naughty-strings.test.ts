import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { heavy } from "../support/heavy.ts";
import { makeAdmin } from "../support/operators.ts";
import { pageCases } from "../support/pages/index.ts";
import { useService } from "../support/service.ts";
import { skeletonOf } from "../support/skeleton.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService({ THROTTLE: "off" });
const naughty: string[] = JSON.parse(readFileSync("test/vectors/blns.json", "utf8"));

type Visitor = ReturnType<typeof createVisitor>;
const markup = (html: string) => skeletonOf(html).join("\n");

/** What a harmless value of each kind makes of a page: right, wrong, empty, too long, twice. */
const harmless = [
  "word",
  "",
  "ada@example.com",
  "/account",
  "7",
  "x".repeat(600),
  "0199a1b2-0000-7000-8000-000000000000",
];
const parameters = [
  "return_to",
  "done",
  "q",
  "cursor",
  "sort",
  "status",
  "role",
  "action",
  "to",
  "state",
  "created_after",
];
const queryOf = (value: string) => new URLSearchParams(parameters.map((name) => [name, value])).toString();

let admin: Visitor;
let email: string;
let password: string;

beforeAll(async () => {
  ({ email, password } = await makeAdmin(service));
  admin = createVisitor(service);
  await admin.logIn(email, password);
});

describe(`${naughty.length} naughty strings`, () => {
  const pages = pageCases.filter(
    ({ method, route, status = 200 }) => method === "GET" && status === 200 && !route.includes(":"),
  );

  it.each(pages.map((page, at) => [page.route, page, at] as const))(
    "as parameters of %s add no element and no attribute",
    async (route, page, at) => {
      const visitor = page.who === "visitor" ? createVisitor(service) : admin;
      const show = async (name: string, value: string) => {
        const query = name === "all" ? queryOf(value) : new URLSearchParams({ [name]: value }).toString();
        return markup((await visitor.get(`${route}?${query}`)).text);
      };
      const names = ["all", ...(route.startsWith("/admin") ? parameters : parameters.slice(0, 4))];
      for (const [turn, name] of names.entries()) {
        const known = new Set(await Promise.all(harmless.map((value) => show(name, value))));
        // Each string meets each page in the long run; else one page, by turns, and one parameter.
        const mine = naughty.filter(
          (_, n) => heavy || (n % pages.length === at && n % names.length === turn),
        );
        for (const value of mine)
          expect([name, value, known.has(await show(name, value))]).toEqual([name, value, true]);
      }
    },
    heavy ? 600_000 : 60_000,
  );

  it("as addresses that are shown again add no element and no attribute", async () => {
    const visitor = createVisitor(service);
    const show = async (value: string) =>
      markup((await visitor.post("/signup", { email: value, name: value, password: "x" })).text);
    const known = new Set<string>();
    for (const value of ["word", "", " ", "\u0000", "x".repeat(300)]) known.add(await show(value));
    for (const value of naughty) expect([value, known.has(await show(value))]).toEqual([value, true]);
  });

  it("as names add no element and no attribute, wherever a name is shown", async () => {
    const account = await service.signUp();
    const visitor = createVisitor(service);
    await visitor.logIn(account.email, account.password);
    const show = async (value: string) => {
      const { status, text } = await visitor.post("/account", { of: account.user.id, name: value });
      const shown = status === 303 ? (await visitor.get("/account")).text : text;
      const list = status === 303 ? (await admin.get(`/admin/users?q=${account.email}`)).text : "";
      return `${markup(shown)}\n${markup(list)}`;
    };
    // A refused name is shown beside the one there is, if there is one.
    const known = new Set<string>();
    for (const value of ["word", "\u0000", "x".repeat(201), "", "\u0000"]) known.add(await show(value));
    const mine = naughty.filter((_, n) => heavy || n % 4 === 0);
    for (const value of mine) expect([value, known.has(await show(value))]).toEqual([value, true]);
  });

  it("as user agents add no element and no attribute to the list of sessions and the audit log", async () => {
    const account = await service.signUp();
    const shown: Record<string, Set<string>> = {};
    const sample = naughty.filter(
      (text, n) => /^[\t\x20-\x7e]+$/.test(text.trim()) && text.trim() !== "" && (heavy || n % 8 === 0),
    );
    expect(sample.length).toBeGreaterThan(20);
    const known = ["Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", "curl/8.0"];
    // As many as fill a page, so that the way to the next is known too.
    for (const agent of [...Array.from({ length: 26 }, (_, n) => known[n % 2] ?? ""), ...sample]) {
      const visitor = createVisitor(service);
      const form = { email: account.email, password: account.password };
      await visitor.post("/login", form, { "user-agent": agent });
      for (const page of ["/account/sessions", "/account/activity"]) {
        const { status, text } = await visitor.get(page);
        expect([page, status]).toEqual([page, 200]);
        // The list grows; its rows do not change.
        for (const each of new Set(skeletonOf(text))) {
          shown[page] ??= new Set();
          if (known.includes(agent)) shown[page]?.add(each);
          else expect([agent, page, each, shown[page]?.has(each)]).toEqual([agent, page, each, true]);
        }
      }
      await visitor.post("/logout");
    }
  });
});
