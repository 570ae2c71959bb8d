import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { idParam } from "../http/fields.ts";
import { readPaging } from "../http/form.ts";
import { person } from "../http/pages.ts";
import { deviceText } from "../session/session-items.tsx";
import { Done, Form } from "../ui/form.tsx";
import { Pager } from "../ui/pager.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAccount, withViewer } from "../ui/render.tsx";
import { Time } from "../ui/time.tsx";
import { forgetTrustedDevice, forgetTrustedDevices, listTrustedDevices } from "./trusted-devices.ts";
import { words } from "./words.ts";

async function devicesPage(c: Context<AppEnv>) {
  const { language, deps, actor } = c.var;
  const t = words(language).devices;
  const [viewer, list] = await withViewer(c, listTrustedDevices(deps, actor, readPaging(c)));
  return renderAccount(
    c,
    { title: t.title, viewer, current: "/account/security" },
    <>
      <Done c={c} texts={t.done} />
      <p>{list.data.length > 0 ? t.about : t.none}</p>
      {list.data.length > 0 && (
        <>
          <ul class="items">
            {list.data.map((device) => (
              <li>
                <div>
                  <p>
                    <strong>{deviceText(device, language)}</strong>
                  </p>
                  <p class="hint">
                    {t.since} <Time at={device.created_at} language={language} />, {t.until}{" "}
                    <Time at={device.expires_at} language={language} /> · {device.ip}
                  </p>
                </div>
                <Form action={`/account/devices/${device.id}/forget`}>
                  <button type="submit" class="quiet" aria-label={t.forgetOf(deviceText(device, language))}>
                    {t.forget}
                  </button>
                </Form>
              </li>
            ))}
          </ul>
          <Pager c={c} next={list.next_cursor} />
          <Form action="/account/devices/forget">
            <button type="submit" class="danger">
              {t.forgetAll}
            </button>
          </Form>
        </>
      )}
    </>,
  );
}

/**
 * Where one is not asked for the second factor.
 * @public
 */
export const trustedDevicePages = createPages()
  .get("/account/devices", person(), (c) => devicesPage(c))
  .post("/account/devices/forget", person(), async (c) => {
    await forgetTrustedDevices(c.var.deps, c.var.caller, c.var.actor);
    return c.redirect("/account/devices", 303);
  })
  .post("/account/devices/:id/forget", person(), async (c) => {
    const { deps, caller, actor } = c.var;
    await forgetTrustedDevice(deps, caller, actor, idParam.parse(c.req.param()).id);
    return c.redirect("/account/devices?done=forgotten", 303);
  });
