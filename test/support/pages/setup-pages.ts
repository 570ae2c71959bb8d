import type { PageCase } from "./page-case.ts";

export const setupPageCases: readonly PageCase[] = [];
