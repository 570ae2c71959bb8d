import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { permissionNames } from "../access/permissions.ts";
import type { AppEnv } from "../http/environment.ts";
import { readForm, readPaging, refusalOf } from "../http/form.ts";
import { operator } from "../http/pages.ts";
import type { Problem } from "../problems.ts";
import { Checks, checks } from "../ui/checks.tsx";
import { Button, Done, Field, Form, Refusal } from "../ui/form.tsx";
import { Pager } from "../ui/pager.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAdmin, withViewer } from "../ui/render.tsx";
import { Table } from "../ui/table.tsx";
import { changeRole, createRole, deleteRole } from "./change-role.ts";
import { nameParam, permissionSet, roleName } from "./fields.ts";
import { listRoles } from "./list-roles.ts";
import type { Role } from "./role.ts";
import { words } from "./words.ts";

const permissionsField = checks(permissionSet.element);
const flag = z.literal("on").optional();
const newRole = z.object({ name: roleName, permissions: permissionsField, mfa_required: flag });
const changed = z.object({ permissions: permissionsField, mfa_required: flag });
const options = permissionNames.map((value) => ({ value, label: value }));

async function rolesPage(c: Context<AppEnv>, problem?: Problem) {
  const { language, deps, actor } = c.var;
  const t = words(language);
  const list = listRoles(
    deps,
    { ...actor, permission: "roles:read", stepUp: false },
    { ...readPaging(c), limit: 100 },
  );
  const [viewer, { data: roles, next_cursor }] = await withViewer(c, list);
  const mayWrite = viewer.permissions.has("roles:write");
  return renderAdmin(
    c,
    { title: t.title, viewer, current: "/admin/roles", problem },
    <>
      <Done c={c} texts={t.done} />
      <Refusal problem={problem} language={language} />
      <p>{t.about}</p>
      <div class="matrix">
        <Table label={t.title} heads={[t.permission, ...roles.map(({ name }) => name)]}>
          {permissionNames.map((permission) => (
            <tr>
              <th scope="row">
                <code>{permission}</code>
              </th>
              {roles.map((role) => (
                <td>{role.permissions.includes(permission) ? <Tick label={t.yes} /> : ""}</td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row">{t.mfa}</th>
            {roles.map(({ mfa_required: mfa }) => (
              <td>{mfa ? <Tick label={t.yes} /> : ""}</td>
            ))}
          </tr>
        </Table>
      </div>
      <Pager c={c} next={next_cursor} path="/admin/roles" />
      {mayWrite && roles.map((role) => role.name !== "user" && <RoleForm role={role} language={language} />)}
      {mayWrite && (
        <section class="card">
          <h2>{t.new}</h2>
          <Form action="/admin/roles">
            <Field
              name="name"
              label={t.name}
              hint={t.nameHint}
              language={language}
              problem={problem}
              maxlength={64}
              required
            />
            <Checks name="permissions" legend={t.permissions} options={options} />
            <MfaFlag label={t.mfa} checked={false} />
            <Button>{t.make}</Button>
          </Form>
        </section>
      )}
    </>,
  );
}

function Tick({ label }: { label: string }) {
  return (
    <span class="badge good">
      <span aria-hidden="true">✓</span>
      <span class="visually-hidden">{label}</span>
    </span>
  );
}

function MfaFlag({ label, checked }: { label: string; checked: boolean }) {
  return (
    <label class="check">
      <input type="checkbox" name="mfa_required" checked={checked} />
      {label}
    </label>
  );
}

/** `user` stays as it is, and of `admin` only whether it takes two factors is anybody's to say. */
function RoleForm({ role, language }: { role: Role; language: Parameters<typeof words>[0] }) {
  const t = words(language);
  const isAdmin = role.name === "admin";
  const at = `/admin/roles/${encodeURIComponent(role.name)}`;
  return (
    <details>
      <summary>
        {t.edit}: <code>{role.name}</code>
      </summary>
      <div class="card parts">
        <Form action={at}>
          {!isAdmin && (
            <Checks
              name="permissions"
              legend={t.permissions}
              options={options}
              checked={new Set<string>(role.permissions)}
            />
          )}
          <MfaFlag label={t.mfa} checked={role.mfa_required} />
          <Button kind="quiet">{t.save(role.name)}</Button>
        </Form>
        {!isAdmin && (
          <Form action={`${at}/delete`}>
            <Button kind="danger">{t.deleteOf(role.name)}</Button>
          </Form>
        )}
      </div>
    </details>
  );
}

async function act(c: Context<AppEnv>, done: string, work: () => Promise<unknown>) {
  const problem = await refusalOf(work);
  return problem ? rolesPage(c, problem) : c.redirect(`/admin/roles?done=${done}`, 303);
}

const nameOf = (c: Context<AppEnv>) => nameParam.parse(c.req.param()).name;

/**
 * Roles, and what each allows.
 * @public
 */
export const rolePages = createPages()
  .get("/admin/roles", operator("roles:read"), (c) => rolesPage(c))
  .post("/admin/roles", operator("roles:write", "step-up"), (c) =>
    act(c, "made", async () => {
      const { mfa_required: mfa, ...role } = await readForm(c, newRole);
      await createRole(c.var.deps, c.var.caller, c.var.actor, { ...role, mfa_required: mfa !== undefined });
    }),
  )
  .post("/admin/roles/:name", operator("roles:write", "step-up"), (c) =>
    act(c, "saved", async () => {
      const { mfa_required: mfa, permissions: ticked } = await readForm(c, changed);
      const name = nameOf(c);
      // The form of `admin` has no permissions to tick.
      const permissions = name === "admin" && ticked.length === 0 ? undefined : ticked;
      const role = { name, permissions, mfa_required: mfa !== undefined };
      await changeRole(c.var.deps, c.var.caller, c.var.actor, role);
    }),
  )
  .post("/admin/roles/:name/delete", operator("roles:write", "step-up"), (c) =>
    act(c, "deleted", () => deleteRole(c.var.deps, c.var.caller, c.var.actor, nameOf(c))),
  );
