import type { PropsWithChildren } from "hono/jsx";
import type { Viewer } from "../access/get-viewer.ts";
import type { AdminUser } from "../account/user.ts";
import type { Language } from "../http/language.ts";
import type { Deps } from "../ports.ts";
import type { Problem } from "../problems.ts";
import { Checks } from "../ui/checks.tsx";
import { Button, Field, Form } from "../ui/form.tsx";
import { words } from "./words.ts";

type Props = {
  user: AdminUser;
  roles: readonly string[] | undefined;
  language: Language;
  viewer: Viewer;
  problem: Problem | undefined;
  deps: Pick<Deps, "config">;
};

/** What the operator may do to a user. What is shown is no promise: the statement decides. */
export function UserActions({ user, roles, language, viewer, problem, deps }: Props) {
  const t = words(language).user;
  const may = (permission: Parameters<Viewer["permissions"]["has"]>[0]) => viewer.permissions.has(permission);
  const at = (action: string) => `/admin/users/${user.id}${action}`;
  const field = { language, problem };
  return (
    <div>
      {may("users:write") && (
        <Part title={t.profile}>
          <Form action={at("")}>
            <input type="hidden" name="was_name" value={user.name ?? ""} />
            <input type="hidden" name="was_email" value={user.email} />
            <input type="hidden" name="was_verified" value={user.email_verified ? "on" : ""} />
            <Field name="name" label={t.name} value={user.name ?? undefined} maxlength={200} {...field} />
            <Field name="email" label={t.email} type="email" value={user.email} required {...field} />
            <label class="check">
              <input type="checkbox" name="email_verified" checked={user.email_verified} />
              {t.verified}
            </label>
            <Button kind="quiet">{t.save}</Button>
          </Form>
        </Part>
      )}
      {may("roles:assign") && roles && (
        <Part title={t.roles}>
          <Form action={at("/roles")}>
            <input type="hidden" name="was" value={user.roles.join(" ")} />
            <Checks
              name="roles"
              legend={t.roles}
              options={roles.map((value) => ({ value, label: value }))}
              checked={new Set(user.roles)}
            />
            <Button kind="quiet">{t.saveRoles}</Button>
          </Form>
        </Part>
      )}
      {may("users:impersonate") && (
        <Part title={t.impersonate}>
          <Form action={at("/impersonate")}>
            <p class="hint">{t.impersonateAbout}</p>
            <Field
              name="reason"
              id="impersonation-reason"
              label={t.reason}
              required
              {...field}
              maxlength={500}
            />
            <Button kind="quiet">{t.impersonate}</Button>
          </Form>
        </Part>
      )}
      {may("users:write") && (
        <Part title={t.actions}>
          {user.status === "suspended" ? (
            <Form action={at("/reinstate")}>
              <Button kind="quiet">{t.reinstate}</Button>
            </Form>
          ) : (
            <Form action={at("/suspend")}>
              <Field name="reason" label={t.reason} maxlength={500} {...field} />
              <Field name="until" label={t.untilField} type="date" {...field} />
              <Button kind="danger">{t.suspend}</Button>
            </Form>
          )}
          {deps.config.mail && (
            <Form action={at("/password-reset")}>
              <p class="hint">{t.resetAbout}</p>
              <Button kind="danger">{t.reset}</Button>
            </Form>
          )}
          {user.mfa_enabled && (
            <Form action={at("/mfa")}>
              <p class="hint">{t.factorsResetAbout}</p>
              <Button kind="danger">{t.factorsReset}</Button>
            </Form>
          )}
        </Part>
      )}
      {may("users:delete") && (
        <Part title={t.delete}>
          <Form action={at("/delete")}>
            <p class="hint">{t.deleteAbout}</p>
            <Field name="email" id="delete-email" label={t.email} autocomplete="off" required {...field} />
            <Button kind="danger">{t.delete}</Button>
          </Form>
        </Part>
      )}
    </div>
  );
}

function Part({ title, children }: PropsWithChildren<{ title: string }>) {
  return (
    <section class="card parts">
      <h2>{title}</h2>
      {children}
    </section>
  );
}
