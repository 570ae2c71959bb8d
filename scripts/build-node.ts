import { build } from "esbuild";

/** What CommonJS packages ask for by `require`. */
const banner = {
  js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`,
};

/** Bundles programs for Node, a file each beside the chunks they share: most of a start is finding modules. */
export async function bundleForNode(entryPoints: Record<string, string>, outdir: string): Promise<void> {
  await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    banner,
    logLevel: "error",
  });
}

/** The service on Node, in files that need no package: `node dist/node/server.js`. */
export function buildNode(): Promise<void> {
  return bundleForNode({ server: "src/runtime/node.ts" }, "dist/node");
}
