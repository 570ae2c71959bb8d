import { variables } from "./config-variables.ts";

/** A variable as operators see it. `value` is null where there is none, or it is not for their eyes. */
export type Setting = {
  readonly name: string;
  readonly source: "environment" | "default" | "nobody";
  readonly value: string | null;
  readonly isSecret: boolean;
  readonly about: string;
};

/** Passwords and keys, alone or within a URL, and text that may hold a stranger's key. */
const secrets = /SECRET|KEY|TOKEN$|PASSWORD$|_URL|ENDPOINT/;
const harmless = new Set([
  "PASSKEY_RP_ID",
  "PASSKEY_ORIGINS",
  "ACCESS_TOKEN_CLAIMS",
  "ACCESS_TOKEN_METADATA_CLAIMS",
]);

/** Every variable there is, what it is set to and by whom: one that holds a secret is only said to be set. */
export function describeSettings(
  given: Readonly<Record<string, string>>,
  parsed: Readonly<Record<string, unknown>>,
): readonly Setting[] {
  return Object.entries(variables.shape).map(([name, schema]) => {
    const isSecret = secrets.test(name) && !harmless.has(name);
    const value = parsed[name];
    const source = name in given ? "environment" : value === undefined ? "nobody" : "default";
    return {
      name,
      source,
      value: isSecret || value === undefined ? null : String(value),
      isSecret,
      about: schema.description ?? "",
    };
  });
}
