import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canBrowse, launchBrowser } from "../support/browser.ts";
import type { Account } from "../support/client.ts";
import { heavy } from "../support/heavy.ts";
import { makeAdmin } from "../support/operators.ts";
import { pageCases } from "../support/pages/index.ts";
import { useSite } from "../support/site.ts";
import { inspect, type Look, type Visit, visit } from "../support/visit.ts";
import { createVisitor } from "../support/visitor.ts";

const looks: readonly Look[] = [
  { scheme: "light", width: 1280 },
  { scheme: "dark", width: 375 },
  { scheme: "dark", width: 1280 },
  { scheme: "light", width: 375 },
];

/** All looks of all pages in the long run; else each page in one, by turns. */
const cases = pageCases
  .filter(
    ({ method, route, status = 200 }) => method === "GET" && status === 200 && !route.endsWith("/export"),
  )
  .flatMap((page, at) =>
    (heavy ? looks : [looks[at % looks.length] as Look]).map((look) => ({ page, look })),
  );

describe.runIf(canBrowse)("every page, looked at", async () => {
  const { service, origin } = await useSite();
  let browser: Browser;
  let admin: Account;
  beforeAll(async () => {
    browser = await launchBrowser();
    admin = await makeAdmin(service);
  });
  afterAll(() => browser?.close());

  /** A browser of each look, made once. */
  const browsers = new Map<Look, Promise<Visit>>();
  function browserFor(look: Look): Promise<Visit> {
    const made = browsers.get(look) ?? visit(browser, origin, look);
    browsers.set(look, made);
    return made;
  }

  it.each(cases.map((each) => [`${each.page.route} ${each.look.scheme} ${each.look.width}`, each] as const))(
    "%s is for everyone: axe-core finds nothing, and nothing shifts, overflows or breaks the policy",
    async (_, { page: { who, route, good }, look }) => {
      const { email, password } = who === "visitor" ? await service.signUp() : admin;
      const visitor = createVisitor(service);
      if (who !== "visitor") await visitor.logIn(email, password);
      const { path = route } = (await good?.({ service, visitor, email, password })) ?? {};
      const { page, context, findings } = await browserFor(look);
      await context.clearCookies();
      // Playwright takes a `Secure` cookie for an https address alone; browsers send it to this machine by http as well.
      const url = origin.replace("http:", "https:");
      await context.addCookies(
        [...visitor.cookies].map(([name, value]) => ({ name, value, url, secure: true })),
      );
      const reply = await page.goto(path);
      expect([reply?.status(), new URL(page.url()).pathname]).toEqual([200, path.split("?")[0]]);
      expect(await inspect(page)).toEqual([]);
      expect(findings).toEqual([]);
    },
  );
});
