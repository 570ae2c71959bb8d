import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

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
  // Workers serve these files without asking us, so their headers are written here.
  const headers = [
    "X-Content-Type-Options: nosniff",
    "Cross-Origin-Resource-Policy: same-origin",
    "Cache-Control: public, max-age=3600",
  ];
  writeFileSync(new URL("../_headers", out), `/assets/*\n${headers.map((line) => `  ${line}\n`).join("")}`);
}

if (import.meta.main) copyAssets();
