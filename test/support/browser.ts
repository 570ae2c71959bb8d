import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/usr/bin/chromium-browser",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** An installed Chromium, or undefined. */
export const browserPath = process.env.CHROMIUM_PATH ?? places.find((path) => existsSync(path));

/** Headless, and quiet on the network: its own background traffic is none of ours. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(browserPath && { executablePath: browserPath }),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Never left out where the machine is one that is made for it. */
export const canBrowse = browserPath !== undefined || process.env.CI === "true";
if (!canBrowse)
  console.log("Browser tests are left out: no Chromium found. Install one, or set CHROMIUM_PATH.");
