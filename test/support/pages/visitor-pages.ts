import { enrol, halfSignIn } from "../factors.ts";
import type { PageCase } from "./page-case.ts";

type Given = Parameters<NonNullable<PageCase["good"]>>[0];

/** Opens the link of the newest mail of a template, and so keeps its proof. */
async function openMail({ service, visitor, email }: Given, template: string): Promise<void> {
  const { link } = await service.mailTo(email, template);
  const { pathname, search } = new URL(link);
  await visitor.get(`${pathname}${search}`);
}

/** A sign-in that waits for its second factor. */
async function half({ service, visitor }: Given) {
  const account = await enrol(service);
  visitor.cookies.set("__Host-mfa", `${await halfSignIn(service, account)}~totp~recovery_code`);
  return account;
}

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
  { method: "POST", route: "/login/passkey", who: "visitor", statements: 2, status: 422 },
  { method: "POST", route: "/logout", who: "visitor", statements: 1 },
  { method: "GET", route: "/signup", who: "visitor", statements: 0 },
  {
    method: "POST",
    route: "/signup",
    who: "visitor",
    statements: 2,
    good: async ({ email, password }) => ({ form: { email: `new-${email}`, password } }),
  },
  {
    method: "GET",
    route: "/mfa",
    who: "visitor",
    statements: 0,
    good: async (given) => {
      await half(given);
      return {};
    },
  },
  {
    method: "POST",
    route: "/mfa",
    who: "visitor",
    statements: 2,
    good: async (given) => ({ form: { method: "totp", code: (await half(given)).code() } }),
  },
  { method: "POST", route: "/mfa/passkey", who: "visitor", statements: 2, status: 303 },
  { method: "GET", route: "/forgot-password", who: "visitor", statements: 0 },
  {
    method: "POST",
    route: "/forgot-password",
    who: "visitor",
    statements: 1,
    good: async ({ email }) => ({ form: { email } }),
  },
  {
    method: "GET",
    route: "/reset-password",
    who: "visitor",
    statements: 0,
    good: async (given) => {
      await given.visitor.post("/forgot-password", { email: given.email });
      await openMail(given, "password_reset");
      return {};
    },
  },
  {
    method: "POST",
    route: "/reset-password",
    who: "visitor",
    statements: 2,
    good: async (given) => {
      await given.visitor.post("/forgot-password", { email: given.email });
      await openMail(given, "password_reset");
      return {
        form: { ...(await given.visitor.hidden("/reset-password")), new_password: "Another-horse-8" },
      };
    },
  },
  {
    method: "GET",
    route: "/verify-email",
    who: "visitor",
    statements: 0,
    good: async (given) => {
      await openMail(given, "verify_email");
      return {};
    },
  },
  {
    method: "POST",
    route: "/verify-email/send",
    who: "visitor",
    statements: 1,
    good: async ({ email }) => ({ form: { email } }),
  },
  {
    method: "POST",
    route: "/verify-email",
    who: "visitor",
    statements: 2,
    good: async (given) => {
      await openMail(given, "verify_email");
      return { form: { ...(await given.visitor.hidden("/verify-email")), password: given.password } };
    },
  },
  {
    method: "GET",
    route: "/magic-link",
    who: "visitor",
    statements: 0,
    good: async ({ visitor, email }) => {
      await visitor.post("/magic-link", { email });
      return {};
    },
  },
  {
    method: "POST",
    route: "/magic-link",
    who: "visitor",
    statements: 1,
    good: async ({ email }) => ({ form: { email } }),
  },
  {
    method: "POST",
    route: "/magic-link/link",
    who: "visitor",
    statements: 2,
    good: async (given) => {
      await given.visitor.post("/magic-link", { email: given.email });
      await openMail(given, "magic_link");
      return {};
    },
  },
  {
    method: "POST",
    route: "/magic-link/code",
    who: "visitor",
    statements: 2,
    good: async ({ service, visitor, email }) => {
      await visitor.post("/magic-link", { email });
      return { form: { code: (await service.mailTo(email, "magic_link")).code } };
    },
  },
  {
    method: "POST",
    route: "/magic-link/reveal",
    who: "visitor",
    statements: 2,
    status: 200,
    good: async (given) => {
      await given.service.call("POST", "auth/magic-link", { json: { email: given.email } });
      await openMail(given, "magic_link");
      return {};
    },
  },
];
