import { setupLink } from "../../../src/setup/setup-token.ts";
import { freshEmail, goodPassword } from "../client.ts";
import type { Service } from "../service.ts";
import type { createVisitor } from "../visitor.ts";
import type { PageCase } from "./page-case.ts";

type Given = { service: Service; visitor: ReturnType<typeof createVisitor> };

/** Nobody administers, and the visitor has followed the link. */
async function invited({ service, visitor }: Given) {
  await service.database.query("delete from auth.user_roles where role = 'admin'");
  const { pathname, search } = new URL(setupLink(service.deps));
  await visitor.get(`${pathname}${search}`);
}

export const setupPageCases: readonly PageCase[] = [
  {
    method: "GET",
    route: "/setup",
    who: "visitor",
    statements: 1,
    good: async (given) => {
      await invited(given);
      return {};
    },
  },
  {
    method: "POST",
    route: "/setup",
    who: "visitor",
    statements: 2,
    good: async (given) => {
      await invited(given);
      return { form: { email: freshEmail(), password: goodPassword } };
    },
  },
];
