import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { type Bundle, buildWorker } from "../scripts/build.ts";
import { limitKiB } from "../scripts/size.ts";

let bundle: Bundle;

beforeAll(() => {
  bundle = buildWorker();
});

/** Imports the bundle with everything that is not a definition trapped, and prints what was called. */
const probe = `
import { registerHooks } from "node:module";
// The platform's own modules, which only workerd has.
const platform = "data:text/javascript,export const waitUntil = 0, connect = 0;";
registerHooks({
  resolve: (name, context, next) =>
    name.startsWith("cloudflare:") ? { url: platform, shortCircuit: true } : next(name, context),
});
const called = [];
const trap = (name, holder, key) => {
  const real = holder[key];
  holder[key] = function (...args) { called.push(name); return real.apply(this, args); };
};
trap("fetch", globalThis, "fetch");
trap("setTimeout", globalThis, "setTimeout");
trap("setInterval", globalThis, "setInterval");
trap("Math.random", Math, "random");
trap("getRandomValues", Crypto.prototype, "getRandomValues");
trap("randomUUID", Crypto.prototype, "randomUUID");
for (const name of ["digest", "sign", "importKey", "deriveBits"]) trap(name, SubtleCrypto.prototype, name);
await import(process.argv[1]);
console.log(JSON.stringify(called));
`;

describe("the Worker bundle", () => {
  it(`weighs at most ${limitKiB} KiB, minified and gzipped`, () => {
    console.log(`Worker bundle: ${(bundle.gzipped / 1024).toFixed(1)} KiB gzip of ${limitKiB}`);
    expect(bundle.gzipped / 1024).toBeLessThanOrEqual(limitKiB);
  });

  it("holds neither pg nor what belongs to another runtime", () => {
    const has = (part: string) => bundle.inputs.filter((input) => input.includes(part));
    expect(has("src/runtime/workers.ts")).toHaveLength(1);
    expect(has("node_modules/drizzle-orm/").length).toBeGreaterThan(0);
    for (const part of [
      "node_modules/pg/",
      "node-postgres",
      "nodemailer",
      "mailer-nodemailer",
      "@hono/node-server",
      "runtime/node.ts",
      "static-files",
    ]) {
      expect([part, has(part)]).toEqual([part, []]);
    }
  });

  it("does nothing at import but define: no I/O, no timer, no randomness, no cryptography", () => {
    const args = ["--input-type=module", "-e", probe, `${process.cwd()}/dist/workers.js`];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect([stdout.trim(), stderr]).toEqual(["[]", ""]);
  });
});
