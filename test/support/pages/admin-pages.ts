import type { PageCase } from "./page-case.ts";

export const adminPageCases: readonly PageCase[] = [];
