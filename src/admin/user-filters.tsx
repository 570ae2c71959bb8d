import type { Language } from "../http/language.ts";
import { Button, Field } from "../ui/form.tsx";
import { Select } from "../ui/select.tsx";
import { words } from "./words.ts";

/** The filters of the list, as a form of the page's own address: what was searched can be kept and sent. */
export function UserFilters({
  language,
  query,
}: {
  language: Language;
  query: Readonly<Record<string, string>>;
}) {
  const t = words(language).list;
  const any = { value: "", label: t.any };
  return (
    <form method="get" action="/admin/users" class="filters">
      <Field name="q" label={t.q} type="search" language={language} value={query.q} maxlength={200} />
      <Field name="role" label={t.role} language={language} value={query.role} maxlength={64} />
      <Select
        name="status"
        label={t.status}
        value={query.status}
        options={[any, { value: "active", label: t.active }, { value: "suspended", label: t.suspended }]}
      />
      <Select
        name="verified"
        label={t.verified}
        value={query.verified}
        options={[any, { value: "true", label: t.confirmed }, { value: "false", label: t.unconfirmed }]}
      />
      <Select
        name="mfa"
        label={t.mfa}
        value={query.mfa}
        options={[any, { value: "true", label: t.yes }, { value: "false", label: t.no }]}
      />
      <Field
        name="created_after"
        label={t.after}
        type="date"
        language={language}
        value={query.created_after}
      />
      <Field
        name="created_before"
        label={t.before}
        type="date"
        language={language}
        value={query.created_before}
      />
      <Field name="seen_after" label={t.seenAfter} type="date" language={language} value={query.seen_after} />
      <Select
        name="sort"
        label={t.sort}
        value={query.sort ?? "-created_at"}
        options={Object.entries(t.sorts).map(([value, label]) => ({ value, label }))}
      />
      <Button kind="quiet">{t.search}</Button>
    </form>
  );
}
