import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { operator } from "../http/pages.ts";
import { createPages } from "../ui/pages.tsx";
import { renderAdmin, withViewer } from "../ui/render.tsx";
import { Table } from "../ui/table.tsx";
import { Chart } from "./chart.tsx";
import { getStats } from "./get-stats.ts";
import { words } from "./words.ts";

async function overviewPage(c: Context<AppEnv>) {
  const { language, deps, actor } = c.var;
  const t = words(language);
  const [viewer, { days }] = await withViewer(c, getStats(deps, actor));
  const number = new Intl.NumberFormat(language);
  const charts = [
    ["sign-ups", "sign_ups", t.signUps],
    ["sign-ins", "sign_ins", t.signIns],
    ["failures", "failures", t.failures],
  ] as const;
  const today = days.at(-1);
  return renderAdmin(
    c,
    { title: t.title, viewer, current: "/admin" },
    <>
      <p class="muted">{t.about}</p>
      <dl class="tiles">
        {charts.map(([, metric, name]) => (
          <div>
            <dt>{name}</dt>
            <dd>{number.format(days.reduce((sum, day) => sum + day[metric], 0))}</dd>
          </div>
        ))}
        <div>
          <dt>{t.active}</dt>
          <dd>{number.format(today?.active_users ?? 0)}</dd>
        </div>
      </dl>
      {charts.map(([kind, metric, name]) => {
        const bars = days.map((day) => ({ day: day.day, count: day[metric] }));
        const most = number.format(Math.max(...bars.map(({ count }) => count)));
        return (
          <section class="card">
            <h2>{name}</h2>
            <Chart bars={bars} kind={kind} title={t.chart(name, most)} />
          </section>
        );
      })}
      <details>
        <summary>{t.table}</summary>
        <Table label={t.title} heads={[t.day, t.signUps, t.signIns, t.failures, t.throttled]}>
          {days.toReversed().map((day) => (
            <tr>
              <td>{day.day}</td>
              {[day.sign_ups, day.sign_ins, day.failures, day.throttled].map((count) => (
                <td class="number">{number.format(count)}</td>
              ))}
            </tr>
          ))}
        </Table>
      </details>
    </>,
  );
}

/**
 * The console's first page.
 * @public
 */
export const overviewPages = createPages().get("/admin", operator("stats:read"), (c) => overviewPage(c));
