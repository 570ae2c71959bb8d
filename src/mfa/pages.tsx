import type { Context } from "hono";
import type { PropsWithChildren } from "hono/jsx";
import type { AppEnv } from "../http/environment.ts";
import { person } from "../http/pages.ts";
import { Done } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderAccount, withViewer } from "../ui/render.tsx";
import { getFactors } from "./get-factors.ts";
import { words } from "./words.ts";

type PartProps = PropsWithChildren<{
  title: string;
  state?: string;
  good?: boolean;
  href?: string;
  label?: string;
}>;

function Part({ title, state, good = false, href, label, children }: PartProps) {
  return (
    <li>
      <div>
        <h2>
          {title} {state && <span class={good ? "badge good" : "badge"}>{state}</span>}
        </h2>
        {children && <p class="hint">{children}</p>}
      </div>
      {href && (
        <a class="button quiet" href={href}>
          {label}
        </a>
      )}
    </li>
  );
}

async function securityPage(c: Context<AppEnv>) {
  const { language, deps, actor } = c.var;
  const t = words(language).security;
  const [viewer, factors] = await withViewer(c, getFactors(deps, actor));
  const { passkeys, totp, recovery_codes_left: codes, trusted_devices: devices } = factors;
  return renderAccount(
    c,
    { title: t.title, viewer, current: "/account/security" },
    <>
      <Done c={c} texts={t.done} />
      <ul class="items parts">
        <Part title={t.password} href="/account/password" label={t.change}>
          {t.passwordAbout}
        </Part>
        <Part title={t.email} {...(deps.config.mail && { href: "/account/email", label: t.changeEmail })}>
          {viewer.email}. {t.emailAbout}
        </Part>
        <Part
          title={t.passkeys}
          state={t.passkeyCount(passkeys)}
          good={passkeys > 0}
          href="/account/passkeys"
          label={t.managePasskeys}
        />
        <Part
          title={t.app}
          state={totp ? t.on : t.off}
          good={totp !== null}
          href="/account/two-factor"
          label={totp ? t.manageApp : t.setUp}
        />
        {factors.enabled && (
          <Part
            title={t.codes}
            state={t.codesLeft(codes)}
            good={codes > 3}
            href="/account/two-factor"
            label={words(language).totp.renew}
          />
        )}
        {deps.config.trustedDeviceSeconds > 0 && (
          <Part title={t.devices} href="/account/devices" label={t.manageDevices}>
            {t.deviceCount(devices)}
          </Part>
        )}
      </ul>
    </>,
  );
}

/**
 * All that an account is signed in to by, at a glance.
 * @public
 */
export const securityPages = createPages().get("/account/security", person(), (c) => securityPage(c));
