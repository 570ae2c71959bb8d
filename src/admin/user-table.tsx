import type { AdminUser } from "../account/user.ts";
import type { Language } from "../http/language.ts";
import { Table } from "../ui/table.tsx";
import { Time } from "../ui/time.tsx";
import { words } from "./words.ts";

type Props = { users: readonly AdminUser[]; language: Language; choosable?: boolean };

/** Users, each a link to their page and, for who may do something to many, a box to choose them by. */
export function UserTable({ users, language, choosable = false }: Props) {
  const t = words(language).list;
  const heads = [t.user, t.status, t.roles, t.mfa, t.made, t.seen];
  return (
    <Table
      label={t.title}
      heads={choosable ? [<span class="visually-hidden">{t.suspendChosen}</span>, ...heads] : heads}
    >
      {users.map((user) => (
        <tr>
          {choosable && (
            <td>
              <label class="check">
                <input type="checkbox" name="ids" value={user.id} />
                <span class="visually-hidden">{t.choose(user.email)}</span>
              </label>
            </td>
          )}
          <td>
            <a href={`/admin/users/${user.id}`}>{user.email}</a>
            {user.name && <div class="muted">{user.name}</div>}
          </td>
          <td>
            <span class={user.status === "active" ? "badge good" : "badge bad"}>
              {user.status === "active" ? t.active : t.suspended}
            </span>{" "}
            {!user.email_verified && <span class="badge">{t.unconfirmed}</span>}
          </td>
          <td>{user.roles.join(", ")}</td>
          <td>{user.mfa_enabled ? t.yes : t.no}</td>
          <td>
            <Time at={user.created_at} language={language} dayOnly />
          </td>
          <td>
            {user.last_sign_in_at ? <Time at={user.last_sign_in_at} language={language} dayOnly /> : t.never}
          </td>
        </tr>
      ))}
    </Table>
  );
}
