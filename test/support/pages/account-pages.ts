import type { PageCase } from "./page-case.ts";

export const accountPageCases: readonly PageCase[] = [
  { method: "GET", route: "/account", who: "person", statements: 2 },
  {
    method: "POST",
    route: "/account",
    who: "person",
    statements: 1,
    good: async () => ({ form: { name: "Ada Lovelace" } }),
  },
  { method: "GET", route: "/account/confirm", who: "person", statements: 2 },
  {
    method: "POST",
    route: "/account/confirm",
    who: "person",
    statements: 2,
    good: async ({ password }) => ({ form: { method: "password", password } }),
  },
  { method: "POST", route: "/account/confirm/passkey", who: "person", statements: 2, status: 422 },
  { method: "POST", route: "/account/confirm/mail", who: "person", statements: 2 },
];
