import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

type Manifest = Record<"dependencies" | "devDependencies", Record<string, string>> & {
  allowScripts: Record<string, boolean>;
};
type Locked = { hasInstallScript?: boolean; resolved?: string; integrity?: string; link?: boolean };

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
  packages: Record<string, Locked>;
};
const installed = Object.entries(packages).filter(([path]) => path !== "");
const nameOf = (path: string) => path.split("node_modules/").at(-1) ?? "";

it("has an answer for every package that would run a script when it is installed, and for no other", () => {
  const asking = new Set(
    installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path)),
  );
  expect([...asking].sort()).toEqual(Object.keys(manifest.allowScripts).sort());
});

it("pins every package by its hash, wherever it comes from", () => {
  const loose = installed.filter(
    ([, { resolved, integrity = "" }]) => resolved !== undefined || !integrity.startsWith("sha512-"),
  );
  expect(loose.map(([path]) => path)).toEqual([]);
});

it("names a version and a reason for every dependency", () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies };
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+/.test(version))).toEqual([]);
  const [, section = ""] = readFileSync("CONTRIBUTING.md", "utf8").split("## Dependencies, and why each");
  const rows = [...section.matchAll(/^\| ([^|]+) \| [^|]+ \|$/gm)].flatMap(([, names = ""]) =>
    names.split(", "),
  );
  expect(Object.keys(all).filter((name) => !rows.includes(name))).toEqual([]);
  expect(rows.filter((name) => !(name in all) && !/^(package|-+|\*development\*)$/.test(name))).toEqual([]);
});

it("has a bill of materials that names every dependency", () => {
  const text = execFileSync("npm", ["sbom", "--sbom-format", "cyclonedx"], {
    encoding: "utf8",
  });
  const { bomFormat, components } = JSON.parse(text) as {
    bomFormat: string;
    components: { group?: string; name: string }[];
  };
  const names = new Set(components.map(({ group, name }) => (group ? `${group}/${name}` : name)));
  expect(bomFormat).toBe("CycloneDX");
  expect(
    Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((name) => !names.has(name)),
  ).toEqual([]);
});
