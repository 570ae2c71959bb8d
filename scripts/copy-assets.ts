import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";

const modules = new URL("../node_modules/", import.meta.url);
const out = new URL("../public/assets/", import.meta.url);

const files = [
  "swagger-ui-dist/swagger-ui-bundle.js",
  "swagger-ui-dist/swagger-ui.css",
  "redoc/bundles/redoc.standalone.js",
];

/** Copies the assets of the API pages out of their packages into `public/`, which git ignores. */
export function copyAssets(): void {
  mkdirSync(out, { recursive: true });
  for (const file of files) {
    copyFileSync(new URL(file, modules), new URL(file.split("/").at(-1) ?? "", out));
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
