import { readFile } from "node:fs/promises";

const types: Record<string, string> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml; charset=utf-8",
  png: "image/png",
  webp: "image/webp",
};

/** Serves the generated `public/assets` where no platform does. Names have no path in them. */
export function staticFiles(folder: URL) {
  return async (name: string): Promise<Response | undefined> => {
    const type = types[name.split(".").at(-1) ?? ""];
    if (!type || !/^[a-z-]+(\.[a-z]+)+$/.test(name)) return undefined;
    try {
      const bytes = await readFile(new URL(name, folder));
      return new Response(new Uint8Array(bytes), {
        headers: {
          "Content-Type": type,
          "Cache-Control": "public, max-age=3600",
        },
      });
    } catch {
      return undefined; // not there: 404
    }
  };
}
