import type { Viewer } from "../access/get-viewer.ts";
import type { AdminUser } from "../account/user.ts";
import { EventList } from "../audit/event-list.tsx";
import type { Language } from "../http/language.ts";
import { SessionItems } from "../session/session-items.tsx";
import { Button, Form } from "../ui/form.tsx";
import { Time } from "../ui/time.tsx";
import type { UserContext } from "./read-user-context.ts";
import { words } from "./words.ts";

type Props = Pick<UserContext, "user" | "sessions" | "events"> & { language: Language; viewer: Viewer };

/** Who a user is, where they are signed in, and what happened to them. */
export function UserDetails({ user, sessions, events, language, viewer }: Props) {
  const t = words(language).user;
  return (
    <div>
      <section class="card">
        <UserFacts user={user} language={language} />
      </section>
      <section>
        <h2>{t.sessions}</h2>
        {sessions.length === 0 ? (
          <p class="muted">{t.noSessions}</p>
        ) : (
          <SessionItems sessions={sessions} language={language} action={() => null} />
        )}
        {sessions.length > 0 && viewer.permissions.has("users:write") && (
          <Form action={`/admin/users/${user.id}/sessions`}>
            <Button kind="danger">{t.endAll}</Button>
          </Form>
        )}
      </section>
      {events && (
        <section>
          <h2>{t.timeline}</h2>
          <EventList events={events} language={language} />
          <p>
            <a href={`/admin/audit?subject=${user.id}`}>{t.all}</a>
          </p>
        </section>
      )}
    </div>
  );
}

function UserFacts({ user, language }: { user: AdminUser; language: Language }) {
  const { user: t, list } = words(language);
  const hasMetadata = Object.keys(user.metadata).length + Object.keys(user.app_metadata).length > 0;
  return (
    <>
      <dl>
        <dt>{t.email}</dt>
        <dd>
          {user.email}{" "}
          <span class={user.email_verified ? "badge good" : "badge"}>
            {user.email_verified ? list.confirmed : list.unconfirmed}
          </span>
        </dd>
        <dt>{list.status}</dt>
        <dd>
          <span class={user.status === "active" ? "badge good" : "badge bad"}>
            {user.status === "active" ? list.active : list.suspended}
          </span>
        </dd>
        {user.suspended_until && (
          <>
            <dt>{t.until}</dt>
            <dd>
              <Time at={user.suspended_until} language={language} />
            </dd>
          </>
        )}
        {user.suspended_reason && (
          <>
            <dt>{t.reasonGiven}</dt>
            <dd>{user.suspended_reason}</dd>
          </>
        )}
        <dt>{list.roles}</dt>
        <dd>{user.roles.join(", ")}</dd>
        <dt>{t.factors}</dt>
        <dd>{user.mfa_enabled ? t.on : t.off}</dd>
        <dt>{t.made}</dt>
        <dd>
          <Time at={user.created_at} language={language} />
        </dd>
        <dt>{t.seen}</dt>
        <dd>{user.last_sign_in_at ? <Time at={user.last_sign_in_at} language={language} /> : list.never}</dd>
        <dt>{t.id}</dt>
        <dd>
          <code>{user.id}</code>
        </dd>
        {user.external_id && (
          <>
            <dt>{t.external}</dt>
            <dd>
              <code>{user.external_id}</code>
            </dd>
          </>
        )}
      </dl>
      {hasMetadata && (
        <details>
          <summary>{t.metadata}</summary>
          <pre>{JSON.stringify({ metadata: user.metadata, app_metadata: user.app_metadata }, null, 2)}</pre>
        </details>
      )}
    </>
  );
}
