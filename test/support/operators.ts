import type { Account } from "./client.ts";
import type { Service } from "./service.ts";

let roles = 0;

/** An account that holds exactly `permissions`, by a role of its own, beside the role `user`. */
export async function operatorWith(service: Service, ...permissions: string[]): Promise<Account> {
  const account = await service.signUp();
  const name = `test-${roles++}`;
  await service.database.query("insert into auth.roles values ($1, $2, now())", [name, permissions]);
  await service.database.query("insert into auth.user_roles values ($1, $2)", [account.user.id, name]);
  return account;
}

/** An account with the role `admin`. */
export async function makeAdmin(service: Pick<Service, "signUp" | "database">): Promise<Account> {
  const account = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [account.user.id]);
  return account;
}
