import type { PageCase } from "./page-case.ts";

type Given = Parameters<NonNullable<PageCase["good"]>>[0];

const get = (route: string, who: string, statements = 2, good?: PageCase["good"]): PageCase => ({
  method: "GET",
  route,
  who,
  statements,
  ...(good && { good }),
});
const post = (
  route: string,
  who: string,
  statements: number,
  good: NonNullable<PageCase["good"]>,
  status = 303,
): PageCase => ({ method: "POST", route, who, statements, good, status });

const reason = { reason: "Ticket 4711" };

/** A user to do something to. */
const toUser =
  (action: string, form: (email: string) => Record<string, string> = () => ({})) =>
  async ({ service }: Given) => {
    const { user, email } = await service.signUp();
    return { path: `/admin/users/${user.id}${action}`, form: form(email) };
  };

/** A client that the operator registered. */
async function clientOf({ visitor }: Given): Promise<string> {
  const form = { name: "Billing", auth_method: "client_secret_basic", scopes: "orders:read" };
  const { text } = await visitor.post("/admin/clients", form);
  const id = /<code>([0-9a-f-]{36})<\/code>/.exec(text)?.[1];
  if (!id) throw new Error(`no client in ${text}`);
  return id;
}

const toClient =
  (action: string, form: Record<string, string> = {}) =>
  async (given: Given) => ({ path: `/admin/clients/${await clientOf(given)}${action}`, form });

/** A role that is there already. */
async function roleNow({ service }: Given): Promise<string> {
  const name = `made-${crypto.randomUUID().slice(0, 8)}`;
  await service.database.query("insert into auth.roles values ($1, '{}', now())", [name]);
  return name;
}

/** A mail that was given up. */
async function deadMail({ service, email }: Given): Promise<string> {
  const rows = await service.database.query<{ id: string }>(
    "update auth.outbox set state = 'dead', attempts = 16, last_error = 'refused' where email = $1 returning id",
    [email],
  );
  return rows[0]?.id ?? "";
}

export const adminPageCases: readonly PageCase[] = [
  get("/admin", "stats:read"),
  get("/admin/users", "users:read"),
  // User, sessions, events and roles, each under its own permission, and the frame: at once.
  get("/admin/users/:id", "users:read", 5, toUser("")),
  get("/admin/roles", "roles:read"),
  get("/admin/audit", "audit:read", 3),
  get("/admin/audit/export", "audit:read", 1),
  get("/admin/outbox", "outbox:read"),
  get("/admin/clients", "clients:read"),
  get("/admin/settings", "stats:read"),
  post("/admin/users", "users:write", 1, async ({ email }) => ({ form: { email: `made-${email}` } })),
  post("/admin/invitations", "users:invite", 1, async ({ email }) => ({
    form: { email: `invited-${email}` },
  })),
  post(
    "/admin/users/suspend",
    "users:write users:read",
    // Whether one may, and may see it; one for each user; and the page again.
    5,
    async ({ service }) => ({ form: { ids: (await service.signUp()).user.id, reason: "Spam" } }),
    200,
  ),
  post(
    "/admin/users/:id",
    "users:write users:read",
    2,
    toUser("", (email) => ({ was_email: email, email, name: "Grace" })),
  ),
  post(
    "/admin/users/:id/roles",
    "roles:assign users:read",
    2,
    toUser("/roles", () => ({ was: "user", roles: "user" })),
  ),
  post(
    "/admin/users/:id/suspend",
    "users:write users:read",
    2,
    toUser("/suspend", () => ({ reason: "Spam" })),
  ),
  post("/admin/users/:id/reinstate", "users:write users:read", 2, toUser("/reinstate")),
  post("/admin/users/:id/password-reset", "users:write users:read", 2, toUser("/password-reset")),
  post("/admin/users/:id/mfa", "users:write users:read", 2, toUser("/mfa")),
  post("/admin/users/:id/sessions", "users:write users:read", 2, toUser("/sessions")),
  post(
    "/admin/users/:id/delete",
    "users:delete users:read",
    2,
    toUser("/delete", (email) => ({ email })),
  ),
  {
    ...post(
      "/admin/users/:id/impersonate",
      "users:impersonate",
      1,
      toUser("/impersonate", () => reason),
    ),
    form: reason,
  },
  // Whoever acts as nobody has nothing to end; the rest is in test/impersonation/impersonation-page.test.ts.
  { method: "POST", route: "/impersonation/end", who: "person", statements: 0 },
  post("/admin/roles", "roles:write", 1, async ({ email }) => ({
    form: { name: `r-${email.slice(1, 9)}` },
  })),
  post("/admin/roles/:name", "roles:write", 1, async (given) => ({
    path: `/admin/roles/${await roleNow(given)}`,
    form: { mfa_required: "" },
  })),
  post("/admin/roles/:name/delete", "roles:write", 1, async (given) => ({
    path: `/admin/roles/${await roleNow(given)}/delete`,
  })),
  post("/admin/outbox/:id/requeue", "outbox:write", 1, async (given) => ({
    path: `/admin/outbox/${await deadMail(given)}/requeue`,
  })),
  post(
    "/admin/clients",
    "clients:write",
    2,
    async () => ({ form: { name: "Billing", auth_method: "client_secret_basic", scopes: "orders:read" } }),
    200,
  ),
  get("/admin/clients/:id", "clients:read clients:write", 2, toClient("")),
  post(
    "/admin/clients/:id",
    "clients:write",
    1,
    toClient("", { name: "Orders", scopes: "orders:read", audiences: "https://orders.example.com" }),
  ),
  post("/admin/clients/:id/secrets", "clients:write", 2, toClient("/secrets"), 200),
  post("/admin/clients/:id/secrets/:secret/remove", "clients:write clients:read", 1, async (given) => {
    const id = await clientOf(given);
    const { text } = await given.visitor.get(`/admin/clients/${id}`);
    const secret = /secrets\/([0-9a-f-]{36})\/remove/.exec(text)?.[1];
    return { path: `/admin/clients/${id}/secrets/${secret}/remove` };
  }),
  post(
    "/admin/clients/:id/delete",
    "clients:write clients:read",
    2,
    toClient("/delete", { name: "Billing" }),
  ),
];
