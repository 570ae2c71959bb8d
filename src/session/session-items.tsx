import type { Child } from "hono/jsx";
import type { Language } from "../http/language.ts";
import { Time } from "../ui/time.tsx";
import type { SessionView } from "./list-sessions.ts";
import { words } from "./words.ts";

/**
 * What a session was opened from, as people recognise it.
 * @public
 */
export function deviceText(
  { device, browser, os }: Pick<SessionView, "device" | "browser" | "os">,
  language: Language,
): string {
  const t = words(language);
  const kind =
    device && Object.hasOwn(t.devices, device) ? t.devices[device as keyof typeof t.devices] : device;
  return [browser, os, kind].filter(Boolean).join(" · ") || t.unknown;
}

/**
 * Sessions as a list, each with what `action` puts beside it.
 * @public
 */
export function SessionItems({
  sessions,
  language,
  named,
  action,
}: {
  sessions: readonly SessionView[];
  language: Language;
  /** The session that a mail spoke of. */
  named?: string | undefined;
  action: (session: SessionView) => Child;
}) {
  const t = words(language);
  return (
    <ul class="items">
      {sessions.map((session) => {
        const place = [session.place?.city, session.place?.country].filter(Boolean).join(", ");
        return (
          <li>
            <div>
              <p>
                <strong>{deviceText(session, language)}</strong>{" "}
                {session.current && <span class="badge good">{t.current}</span>}{" "}
                {session.id === named && <span class="badge bad">{t.named}</span>}
              </p>
              <p class="hint">
                {[place, session.ip].filter(Boolean).join(" · ")}
                <br />
                {t.signedIn} <Time at={session.created_at} language={language} />, {t.used}{" "}
                <Time at={session.last_used_at} language={language} />
              </p>
            </div>
            {action(session)}
          </li>
        );
      })}
    </ul>
  );
}
