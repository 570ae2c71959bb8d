import type { Context } from "hono";
import type { PropsWithChildren } from "hono/jsx";
import type { Viewer } from "../access/get-viewer.ts";
import type { Permission } from "../access/permissions.ts";
import type { AppEnv } from "../http/environment.ts";
import { Button, Form } from "./form.tsx";
import { Brand, LanguageChoice, SignOut } from "./layout.tsx";
import { dictionary } from "./words.ts";

const words = dictionary({
  en: {
    account: "Your account",
    console: "Administration",
    acting: (email: string) => `You act as ${email}. What you do is on record.`,
    stop: "Stop acting as this user",
    account_: {
      profile: "Profile",
      security: "Security",
      sessions: "Sessions",
      keys: "API keys",
      activity: "Activity",
      data: "Your data",
    },
    admin: {
      overview: "Overview",
      users: "Users",
      roles: "Roles",
      audit: "Audit log",
      outbox: "Mail queue",
      clients: "Machine clients",
      settings: "Settings",
    },
  },
  de: {
    account: "Ihr Konto",
    console: "Verwaltung",
    acting: (email: string) => `Sie handeln als ${email}. Was Sie tun, wird festgehalten.`,
    stop: "Nicht mehr als diese Person handeln",
    account_: {
      profile: "Profil",
      security: "Sicherheit",
      sessions: "Sitzungen",
      keys: "API-Schlüssel",
      activity: "Aktivität",
      data: "Ihre Daten",
    },
    admin: {
      overview: "Übersicht",
      users: "Konten",
      roles: "Rollen",
      audit: "Protokoll",
      outbox: "Postausgang",
      clients: "Programme",
      settings: "Einstellungen",
    },
  },
});

const accountLinks = {
  profile: "/account",
  security: "/account/security",
  sessions: "/account/sessions",
  keys: "/account/api-keys",
  activity: "/account/activity",
  data: "/account/data",
} as const;

/** What each page of the console takes: a page that would be refused is not shown. */
const adminLinks = {
  overview: ["/admin", "stats:read"],
  users: ["/admin/users", "users:read"],
  roles: ["/admin/roles", "roles:read"],
  audit: ["/admin/audit", "audit:read"],
  outbox: ["/admin/outbox", "outbox:read"],
  clients: ["/admin/clients", "clients:read"],
  settings: ["/admin/settings", "stats:read"],
} as const satisfies Record<string, readonly [string, Permission]>;

type FrameProps = PropsWithChildren<{ c: Context<AppEnv>; viewer: Viewer; current: string; title: string }>;

/** @public */
export function AccountFrame(props: FrameProps) {
  const { language } = props.c.var;
  const names = words(language).account_;
  const links = Object.entries(accountLinks).map(([name, href]) => ({
    href,
    label: names[name as keyof typeof accountLinks],
  }));
  return <Shell {...props} links={links} />;
}

/** @public */
export function AdminFrame(props: FrameProps) {
  const { language } = props.c.var;
  const names = words(language).admin;
  const links = Object.entries(adminLinks).flatMap(([name, [href, permission]]) =>
    props.viewer.permissions.has(permission) && (name !== "outbox" || props.c.var.deps.config.mail)
      ? { href, label: names[name as keyof typeof adminLinks] }
      : [],
  );
  return <Shell {...props} links={links} wide />;
}

function Shell({
  c,
  viewer,
  current,
  title,
  links,
  wide,
  children,
}: FrameProps & { links: { href: string; label: string }[]; wide?: boolean }) {
  const t = words(c.var.language);
  const isConsole = current.startsWith("/admin");
  const firstOfConsole = Object.values(adminLinks).find(([, permission]) =>
    viewer.permissions.has(permission),
  )?.[0];
  return (
    <div class={wide ? "shell wide" : "shell"}>
      <header class="bar">
        <Brand c={c} href={isConsole ? (firstOfConsole ?? "/account") : "/account"} />
        <div class="who">
          {isConsole && <a href="/account">{t.account}</a>}
          {!isConsole && firstOfConsole && <a href={firstOfConsole}>{t.console}</a>}
          <span class="email" title={viewer.email}>
            {viewer.email}
          </span>
          {!viewer.isActedFor && <SignOut c={c} />}
        </div>
      </header>
      {viewer.isActedFor && (
        <div class="acting" role="status">
          <p>{t.acting(viewer.email)}</p>
          <Form action="/impersonation/end">
            <Button>{t.stop}</Button>
          </Form>
        </div>
      )}
      <nav aria-label={isConsole ? t.console : t.account}>
        <ul>
          {links.map(({ href, label }) => (
            <li>
              <a href={href} aria-current={href === current ? "page" : undefined}>
                {label}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main">
        <h1>{title}</h1>
        {children}
      </main>
      <footer>
        <LanguageChoice c={c} />
      </footer>
    </div>
  );
}
