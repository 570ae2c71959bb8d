import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { readQuery } from "../http/form.ts";
import type { Language } from "../http/language.ts";
import { streamLines } from "../http/ndjson.ts";
import { operator } from "../http/pages.ts";
import { Button, Field } from "../ui/form.tsx";
import { Pager } from "../ui/pager.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAdmin, withViewer } from "../ui/render.tsx";
import { Select } from "../ui/select.tsx";
import { Time } from "../ui/time.tsx";
import { EventList } from "./event-list.tsx";
import { eventQuery } from "./fields.ts";
import { getSealState } from "./get-seal-state.ts";
import { exportEvents, listEvents } from "./list-events.ts";
import { words } from "./words.ts";

const day = z.iso
  .date()
  .transform((text) => `${text}T00:00:00.000Z`)
  .optional();
const pageQuery = eventQuery.extend({ occurred_after: day, occurred_before: day });

async function auditPage(c: Context<AppEnv>) {
  const { language, deps, actor } = c.var;
  const t = words(language).list;
  const { limit, cursor, ...filter } = readQuery(c, pageQuery);
  const both = Promise.all([listEvents(deps, actor, { filter, limit, cursor }), getSealState(deps, actor)]);
  const [viewer, [{ data, next_cursor, total_estimate }, seal]] = await withViewer(c, both);
  const { search } = new URL(c.req.url);
  return renderAdmin(
    c,
    { title: t.title, viewer, current: "/admin/audit" },
    <>
      <p class="muted">
        {seal.until ? (
          <>
            {t.sealed} <Time at={seal.until} language={language} /> ({t.seals(seal.count)}). {t.verify}
          </>
        ) : (
          t.unsealed
        )}
      </p>
      <Filters language={language} query={c.req.query()} />
      <p class="muted">
        {data.length > 0 ? t.about(new Intl.NumberFormat(language).format(total_estimate)) : t.none}
      </p>
      {data.length > 0 && <EventList events={data} language={language} />}
      <Pager c={c} next={next_cursor} />
      <p>
        <a href={`/admin/audit/export${search}`}>{t.export}</a>
      </p>
    </>,
  );
}

function Filters({ language, query }: { language: Language; query: Readonly<Record<string, string>> }) {
  const t = words(language).list;
  return (
    <form method="get" action="/admin/audit" class="filters">
      <Field name="action" label={t.action} language={language} value={query.action} maxlength={64} />
      <Field name="actor" label={t.actorId} language={language} value={query.actor} maxlength={36} />
      <Field name="subject" label={t.subjectId} language={language} value={query.subject} maxlength={36} />
      <Field name="ip" label={t.ip} language={language} value={query.ip} maxlength={64} />
      <Select
        name="outcome"
        label={t.outcome}
        value={query.outcome}
        options={[
          { value: "", label: t.any },
          { value: "success", label: t.success },
          { value: "denied", label: t.denied },
        ]}
      />
      <Field
        name="occurred_after"
        label={t.after}
        type="date"
        language={language}
        value={query.occurred_after}
      />
      <Field
        name="occurred_before"
        label={t.before}
        type="date"
        language={language}
        value={query.occurred_before}
      />
      <Button kind="quiet">{t.search}</Button>
    </form>
  );
}

/**
 * The audit log, for operators.
 * @public
 */
export const auditPages = createPages()
  .get("/admin/audit", operator("audit:read"), (c) => auditPage(c))
  .get("/admin/audit/export", operator("audit:read"), (c) => {
    const { deps, caller, actor } = c.var;
    const { limit: _, cursor: __, ...filter } = readQuery(c, pageQuery);
    return streamLines(c, "audit-events.ndjson", exportEvents(deps, caller, actor, filter));
  });
