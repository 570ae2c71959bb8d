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
];
