import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { fixedHeaders, transportHeader } from "../src/http/security-headers.ts";

const modules = new URL("../node_modules/", import.meta.url);
const out = new URL("../public/assets/", import.meta.url);

const files = [
  "swagger-ui-dist/swagger-ui-bundle.js",
  "swagger-ui-dist/swagger-ui.css",
  "redoc/bundles/redoc.standalone.js",
];

/** The one thing these assets would fetch from another host: the logo beside Redoc's credit. */
const foreignLogo = "https://cdn.redoc.ly/redoc/logo-mini.svg";

const browser = new URL("../src/browser/", import.meta.url);

/** What runs in the browser, a module each, and the one style sheet. */
function buildPages(): void {
  const names = readdirSync(browser).filter((name) => name.endsWith(".ts"));
  buildSync({
    entryPoints: [...names, "pages.css"].map((name) => fileURLToPath(new URL(name, browser))),
    outdir: fileURLToPath(out),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    logLevel: "error",
  });
  copyFileSync(new URL("icon.svg", browser), new URL("icon.svg", out));
}

/**
 * Workers serve these files without asking us, so their headers are written beside them. What the issuer is called is not
 * known here, so all say that they are to be had by https alone: over http nobody heeds that.
 */
function platformHeaders(): string {
  const headers = [
    ...Object.entries(fixedHeaders),
    transportHeader,
    ["Cache-Control", "public, max-age=3600"],
  ].map(([name, value]) => `  ${name}: ${value}\n`);
  // Of XML the platform does not say in what it is written.
  return `/assets/*\n${headers.join("")}/assets/*.svg\n  Content-Type: image/svg+xml; charset=utf-8\n`;
}

/**
 * Puts what pages load into `public/`, which git ignores: the assets of the API pages out of their packages, and our
 * own, built.
 */
export function copyAssets(): void {
  mkdirSync(out, { recursive: true });
  buildPages();
  for (const file of files) {
    const text = readFileSync(new URL(file, modules), "utf8").replaceAll(foreignLogo, "data:,");
    writeFileSync(new URL(file.split("/").at(-1) ?? "", out), text);
  }
  writeFileSync(new URL("../_headers", out), platformHeaders());
}

if (import.meta.main) copyAssets();
