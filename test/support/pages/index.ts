import { accountPageCases } from "./account-pages.ts";
import { adminPageCases } from "./admin-pages.ts";
import type { PageCase } from "./page-case.ts";
import { setupPageCases } from "./setup-pages.ts";
import { visitorPageCases } from "./visitor-pages.ts";

/** Every page there is. */
export const pageCases: readonly PageCase[] = [
  ...visitorPageCases,
  ...accountPageCases,
  ...adminPageCases,
  ...setupPageCases,
];
