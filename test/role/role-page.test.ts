import { beforeAll, expect, it } from "vitest";
import { makeAdmin } from "../support/operators.ts";
import { useService } from "../support/service.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService({ THROTTLE: "off" });
const visitor = createVisitor(service);

const rowOf = async (name: string) => {
  const query = "select permissions, mfa_required from auth.roles where name = $1";
  return (await service.database.query<{ permissions: string[]; mfa_required: boolean }>(query, [name]))[0];
};

beforeAll(async () => {
  const { email, password } = await makeAdmin(service);
  await visitor.logIn(email, password);
});

it("gives a role exactly what is ticked, and shows it in the matrix", async () => {
  expect((await visitor.post("/admin/roles", { name: "desk", permissions: "users:read" })).status).toBe(303);
  const form = { permissions: "stats:read", mfa_required: "on" };
  expect((await visitor.post("/admin/roles/desk", form)).location).toBe("/admin/roles?done=saved");
  expect(await rowOf("desk")).toEqual({ permissions: ["stats:read"], mfa_required: true });
  const { text } = await visitor.get("/admin/roles");
  const heads = [...text.matchAll(/<th scope="col">(.*?)<\/th>/g)].map(([, head]) => head);
  const row = /<tr><th scope="row"><code>stats:read<\/code><\/th>(.*?)<\/tr>/.exec(text)?.[1] ?? "";
  const ticks = row.split("</td>").map((cell) => cell.includes("badge"));
  expect(heads.slice(1)[ticks.lastIndexOf(true)]).toBe("desk");
});

it("offers of the roles that are ours what can be done to them", async () => {
  const { text } = await visitor.get("/admin/roles");
  const actions = [...text.matchAll(/action="\/admin\/roles\/([^"]+)"/g)].map(([, action]) => action);
  expect(actions).not.toContain("user");
  expect(actions).not.toContain("user/delete");
  expect(actions).not.toContain("admin/delete");
  expect(actions).toContain("admin");
  expect((await visitor.post("/admin/roles/admin", { permissions: "users:read" })).status).toBe(409);
});

it("has admins take two factors once an admin shows them, and only then", async () => {
  const all = (await rowOf("admin"))?.permissions;
  const save = () => visitor.post("/admin/roles/admin", { mfa_required: "on" });
  expect((await save()).status).toBe(409);
  await service.database.query("update auth.sessions set acr = 'urn:gatehouse:acr:2'");
  expect((await save()).location).toBe("/admin/roles?done=saved");
  expect(await rowOf("admin")).toEqual({ permissions: all, mfa_required: true });
});
