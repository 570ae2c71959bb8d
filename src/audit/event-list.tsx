import type { Language } from "../http/language.ts";
import { describeDevice } from "../lib/device.ts";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import type { AuditEvent } from "./list-events.ts";
import { words } from "./words.ts";

/** What an event is called among people; what has no name there has its own. */
export function actionText(action: string, language: Language): string {
  const names: Readonly<Record<string, string>> = words(language).actions;
  return Object.hasOwn(names, action) ? (names[action] ?? action) : action;
}

/**
 * Events as operators see them, the details of each folded away.
 * @public
 */
export function EventList({ events, language }: { events: readonly AuditEvent[]; language: Language }) {
  const { list: t, own } = words(language);
  return (
    <Table label={t.title} heads={[own.when, own.what, t.who, own.where]}>
      {events.map((event) => {
        const { browser, os } = describeDevice(event.user_agent);
        return (
          <tr>
            <td>
              <Time at={event.occurred_at} language={language} />
            </td>
            <td>
              {actionText(event.action, language)}{" "}
              {event.outcome !== "success" && <span class="badge bad">{own.refused}</span>}
              {event.text && <div class="muted">{event.text}</div>}
              <details>
                <summary class="muted">{t.details}</summary>
                <dl>
                  {(
                    [
                      "id",
                      "action",
                      "actor_id",
                      "subject_id",
                      "session_id",
                      "request_id",
                      "email",
                      "user_agent",
                    ] as const
                  ).map(
                    (name) =>
                      event[name] && (
                        <>
                          <dt>{name}</dt>
                          <dd>
                            <code>{event[name]}</code>
                          </dd>
                        </>
                      ),
                  )}
                </dl>
              </details>
            </td>
            <td>
              <People event={event} language={language} />
            </td>
            <td>{[event.ip, browser, os].filter(Boolean).join(" · ")}</td>
          </tr>
        );
      })}
    </Table>
  );
}

function People({ event, language }: { event: AuditEvent; language: Language }) {
  const { list: t } = words(language);
  const { actor_id: actor, subject_id: subject } = event;
  const link = (id: string, label: string) => <a href={`/admin/users/${id}`}>{label}</a>;
  if (subject && actor && subject !== actor) {
    return (
      <>
        {link(actor, t.actor)}, {link(subject, t.subject)}
      </>
    );
  }
  const one = subject ?? actor;
  return one ? link(one, t.subject) : null;
}
