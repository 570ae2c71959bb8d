import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export type Look = { scheme: "light" | "dark"; width: 375 | 1280 };

/** Where a visit must not go, and what it must not meet: each is a finding. */
export type Visit = {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly findings: string[];
  close(): Promise<void>;
};

/** A browser of its own cookies that notes what no page of ours may cause. */
export async function visit(
  browser: Browser,
  origin: string,
  { scheme = "light", width = 1280, scripts = true }: Partial<Look> & { scripts?: boolean } = {},
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: origin,
    colorScheme: scheme,
    viewport: { width, height: width === 375 ? 812 : 800 },
    javaScriptEnabled: scripts,
    locale: "en-GB",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(10_000);
  const findings: string[] = [];
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.protocol !== "blob:" && url.origin !== origin) {
      findings.push(`asked ${url.origin} for something`);
    }
  });
  context.on("response", (response) => {
    if (response.status() >= 500) findings.push(`${response.url()} answered ${response.status()}`);
  });
  context.on("weberror", (error) => findings.push(`threw: ${error.error().message}`));
  context.on("console", (message) => {
    // A form that is refused has a status that says so, which browsers print.
    const isRefusedForm = /Failed to load resource.*status of 4(03|04|09|22|29)/.test(message.text());
    if (message.type() === "error" && !isRefusedForm) findings.push(`printed: ${message.text()}`);
  });
  if (scripts) {
    await context.exposeFunction("noteViolation", (what: string) =>
      findings.push(`broke the policy: ${what}`),
    );
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        const note = (window as unknown as { noteViolation(what: string): void }).noteViolation;
        note(`${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  }
  return { page: await context.newPage(), context, findings, close: () => context.close() };
}

type Violation = { id: string; help: string; nodes: { html: string; failureSummary?: string }[] };
type Axe = { run(context: Document, options: unknown): Promise<{ violations: Violation[] }> };

/** Of the screen, times the way: less is a column of a table that a row widens which arrives later. 0.1 is held to be good. */
const leastShift = 0.01;

/** What axe-core finds against WCAG 2.2 AA and its own best practices, and what does not fit or moves. */
export async function inspect(page: Page): Promise<string[]> {
  // Before axe-core, which moves things itself.
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  const shifts = await page.evaluate(
    () =>
      new Promise<[number, string][]>((done) => {
        const found: [number, string][] = [];
        type Shift = { value: number; sources: { node: Element | null }[] };
        new PerformanceObserver((list) => {
          for (const { value, sources } of list.getEntries() as unknown as Shift[]) {
            found.push([
              value,
              sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? node?.nodeName).join(" | "),
            ]);
          }
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => done(found), 50);
      }),
  );
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: Axe };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const found = await axe.run(document, {
      runOnly: { type: "tag", values: tags },
      resultTypes: ["violations"],
    });
    return found.violations.map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`,
    );
  });
  return [
    ...violations,
    ...(overflow > 0 ? [`is ${overflow} px wider than the screen`] : []),
    ...shifts.flatMap(([by, what]) => (by > leastShift ? [`shifts by ${by}: ${what}`] : [])),
  ];
}

/** Presses a button by its name and waits for the page that follows. */
export async function press(page: Page, name: string | RegExp): Promise<void> {
  const followed = page.waitForNavigation();
  await page.getByRole("button", { name }).first().click();
  await followed;
}

export function expectQuiet({ findings }: Visit): void {
  expect(findings).toEqual([]);
}
