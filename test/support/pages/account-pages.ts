import { createAuthenticator } from "../authenticator.ts";
import { codeOf } from "../factors.ts";
import type { CreationOptions } from "../passkeys.ts";
import type { PageCase } from "./page-case.ts";

type Given = Parameters<NonNullable<PageCase["good"]>>[0];

/** The id in the first action of a page that matches. */
async function idOn({ visitor }: Given, page: string, action: RegExp): Promise<string> {
  const found = action.exec((await visitor.get(page)).text)?.[1];
  if (!found) throw new Error(`${page} has no ${action}`);
  return found;
}

/** What a form that asks for a passkey would be filled with. */
export async function newPasskey({ visitor }: Pick<Given, "visitor">) {
  const { text } = await visitor.get("/account/passkeys/new");
  const options = /data-options="([^"]+)"/.exec(text)?.[1] ?? "";
  const parsed = JSON.parse(options.replaceAll("&quot;", '"').replaceAll("&amp;", "&")) as CreationOptions;
  const credential = JSON.stringify(createAuthenticator().register(parsed));
  return { flow_id: parsed.flow_id, credential, name: "Work laptop" };
}

/** The secret of an app that was just enrolled by the page. */
export async function enrolOnPage({ service, visitor }: Pick<Given, "service" | "visitor">): Promise<string> {
  const { text } = await visitor.post("/account/two-factor/enrol");
  const secret = /<pre class="secret">([A-Z2-7 ]+)</.exec(text)?.[1]?.replaceAll(" ", "") ?? "";
  return codeOf(secret, service.deps.clock.now());
}

async function withPasskey(given: Given): Promise<string> {
  await given.visitor.post("/account/passkeys", await newPasskey(given));
  return idOn(given, "/account/passkeys", /passkeys\/([0-9a-f-]{36})\/rename/);
}

async function withApp(given: Given): Promise<void> {
  await given.visitor.post("/account/two-factor/confirm", { code: await enrolOnPage(given) });
}

const simple = (route: string, statements = 2): PageCase => ({
  method: "GET",
  route,
  who: "person",
  statements,
});

export const accountPageCases: readonly PageCase[] = [
  simple("/account"),
  simple("/account/security"),
  simple("/account/password", 1),
  simple("/account/email", 1),
  simple("/account/passkeys"),
  simple("/account/passkeys/new"),
  simple("/account/two-factor"),
  simple("/account/devices"),
  simple("/account/sessions"),
  simple("/account/api-keys"),
  simple("/account/activity"),
  simple("/account/data", 1),
  simple("/account/data/export", 1),
  simple("/account/confirm"),
  {
    method: "POST",
    route: "/account",
    who: "person",
    statements: 1,
    good: async ({ visitor }) => ({ form: { ...(await visitor.hidden("/account")), name: "Ada Lovelace" } }),
  },
  {
    method: "POST",
    route: "/account/password",
    who: "person",
    statements: 2,
    good: async ({ password }) => ({
      form: { current_password: password, new_password: "Another-horse-8" },
    }),
  },
  {
    method: "POST",
    route: "/account/email",
    who: "person",
    statements: 2,
    good: async ({ password, email }) => ({ form: { new_email: `new-${email}`, password } }),
  },
  {
    method: "POST",
    route: "/account/passkeys",
    who: "person",
    statements: 1,
    status: 200,
    good: async (given) => ({ form: await newPasskey(given) }),
  },
  {
    method: "POST",
    route: "/account/passkeys/:id/rename",
    who: "person",
    statements: 1,
    good: async (given) => ({
      path: `/account/passkeys/${await withPasskey(given)}/rename`,
      form: { name: "Home" },
    }),
  },
  {
    method: "POST",
    route: "/account/passkeys/:id/remove",
    who: "person",
    statements: 1,
    good: async (given) => ({ path: `/account/passkeys/${await withPasskey(given)}/remove` }),
  },
  { method: "POST", route: "/account/two-factor/enrol", who: "person", statements: 2, status: 200 },
  {
    method: "POST",
    route: "/account/two-factor/confirm",
    who: "person",
    statements: 2,
    status: 200,
    good: async (given) => ({ form: { code: await enrolOnPage(given) } }),
  },
  {
    method: "POST",
    route: "/account/two-factor/recovery-codes",
    who: "person",
    statements: 1,
    status: 200,
    good: async (given) => {
      await withApp(given);
      return {};
    },
  },
  {
    method: "POST",
    route: "/account/two-factor/remove",
    who: "person",
    statements: 1,
    good: async (given) => {
      await withApp(given);
      return {};
    },
  },
  { method: "POST", route: "/account/devices/forget", who: "person", statements: 1 },
  { method: "POST", route: "/account/devices/:id/forget", who: "person", statements: 1, status: 404 },
  {
    method: "POST",
    route: "/account/sessions/:id/end",
    who: "person",
    statements: 1,
    good: async (given) => ({
      path: `/account/sessions/${await idOn(given, "/account/sessions", /sessions\/([0-9a-f-]{36})\/end/)}/end`,
    }),
  },
  { method: "POST", route: "/account/sessions/end-others", who: "person", statements: 1 },
  { method: "POST", route: "/account/sessions/end-all", who: "person", statements: 1 },
  {
    method: "POST",
    route: "/account/api-keys",
    who: "person",
    statements: 2,
    status: 200,
    good: async () => ({ form: { name: "Nightly export" } }),
  },
  {
    method: "POST",
    route: "/account/api-keys/:id/revoke",
    who: "person",
    statements: 1,
    good: async (given) => {
      await given.visitor.post("/account/api-keys", { name: "Nightly export" });
      const id = await idOn(given, "/account/api-keys", /api-keys\/([0-9a-f-]{36})\/revoke/);
      return { path: `/account/api-keys/${id}/revoke` };
    },
  },
  {
    method: "POST",
    route: "/account/data/delete",
    who: "person",
    statements: 2,
    good: async ({ email }) => ({ form: { email } }),
  },
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
