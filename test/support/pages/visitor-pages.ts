import type { PageCase } from "./page-case.ts";

export const visitorPageCases: readonly PageCase[] = [
  { method: "GET", route: "/", who: "visitor", statements: 0, status: 303 },
  {
    method: "POST",
    route: "/language",
    who: "visitor",
    statements: 0,
    good: async () => ({ form: { language: "de", return_to: "/login" } }),
  },
  { method: "GET", route: "/login", who: "visitor", statements: 0 },
  {
    method: "POST",
    route: "/login",
    who: "visitor",
    statements: 2,
    good: async ({ email, password }) => ({ form: { email, password } }),
  },
  { method: "POST", route: "/logout", who: "visitor", statements: 1 },
];
