import { freshEmail } from "../support/client.ts";
import { codeOf } from "../support/factors.ts";
import type { MadeRequest } from "./made-request.ts";

const most = 50;

/** Fields under which the same thing is given. */
const alsoCalled: Record<string, string> = { recovery_codes: "code", client_id: "clients" };

/** The list that a path is of: `users` for `/api/v1/admin/users?limit=5`. */
const listOf = (path: string) => /([a-z-]+)\/?(\?.*)?$/.exec(path)?.[1] ?? "";

/** Remembers what replies gave under which name, and puts it in where a made-up request has a place for it. */
export function createKnownValues() {
  const values: Record<string, string[]> = { roles: ["admin", "user"] };

  function add(name: string, value: string): void {
    // What needs no escaping anywhere: ids, tokens, addresses.
    if (!/^[\w.@:=/-]{1,2048}$/.test(value)) return;
    for (const each of [name, alsoCalled[name]]) {
      if (each === undefined) continue;
      values[each] ??= [];
      if (values[each].push(value) > most) values[each].shift();
    }
  }

  /** `list` is the list that what is read is of, `name` the field it stands in. */
  function read(list: string, name: string, value: unknown): void {
    if (typeof value === "string") add(name, value);
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) {
      for (const each of value) read(name === "data" ? list : name, name, each);
      return;
    }
    const { id, client_id, client_secret, secret, otpauth_uri } = value as Record<string, unknown>;
    if (typeof id === "string") add(list, id);
    if (client_secret) add("basic", btoa(`${client_id}:${client_secret}`));
    if (otpauth_uri) add("code", codeOf(String(secret), new Date()));
    for (const [key, each] of Object.entries(value)) {
      read(key === "user" ? "users" : list, key, each);
      if (key === "name" && list === "roles") read(list, list, each);
    }
  }

  function fill(text: string): string {
    return text.replace(/__(known|fresh)-([a-z_-]+)-(\d+)__/g, (_, kind: string, name: string, n: string) => {
      if (kind === "fresh") return freshEmail();
      const all = values[name] ?? [];
      return all[all.length - 1 - (Number(n) % Math.max(all.length, 1))] ?? crypto.randomUUID();
    });
  }

  return {
    learn: (path: string, body: unknown) => read(listOf(path), "", body),

    /** The request as it is sent. */
    complete(made: MadeRequest): MadeRequest {
      const { path, headers, body } = made;
      const filled = Object.entries(headers).map(([name, value]) => [name, fill(value)]);
      return {
        ...made,
        path: fill(path),
        headers: Object.fromEntries(filled),
        body: typeof body === "string" ? fill(body) : body,
      };
    },
  };
}
