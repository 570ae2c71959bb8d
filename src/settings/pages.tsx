import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { operator } from "../http/pages.ts";
import { createPages } from "../ui/pages.tsx";
import { renderAdmin, withViewer } from "../ui/render.tsx";
import { Table } from "../ui/table.tsx";
import { listSettings } from "./list-settings.ts";
import { words } from "./words.ts";

async function settingsPage(c: Context<AppEnv>) {
  const { language, deps, actor } = c.var;
  const t = words(language);
  const [viewer, settings] = await withViewer(c, listSettings(deps, actor));
  const sources = { environment: t.environment, default: t.fallback, nobody: t.nobody };
  return renderAdmin(
    c,
    { title: t.title, viewer, current: "/admin/settings" },
    <>
      <p>{t.about}</p>
      <Table label={t.title} heads={[t.variable, t.value, t.source]}>
        {settings.map(({ name, value, source, isSecret, about }) => (
          <tr>
            <th scope="row" title={about}>
              <code>{name}</code>
            </th>
            <td>
              {isSecret && source !== "nobody" ? <span class="muted">{t.set}</span> : <code>{value}</code>}
            </td>
            <td>
              <span class={source === "environment" ? "badge good" : "badge"}>{sources[source]}</span>
            </td>
          </tr>
        ))}
      </Table>
    </>,
  );
}

/**
 * What the service runs with, to be read.
 * @public
 */
export const settingsPages = createPages().get("/admin/settings", operator("stats:read"), (c) =>
  settingsPage(c),
);
