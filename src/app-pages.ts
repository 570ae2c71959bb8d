import type { OpenAPIHono } from "@hono/zod-openapi";
import { accountPages } from "./account/pages.tsx";
import { accountDataPages } from "./account/pages-data.tsx";
import { adminPages } from "./admin/pages.tsx";
import { adminUserPages } from "./admin/pages-user.tsx";
import { apiKeyPages } from "./api-key/pages.tsx";
import { activityPages } from "./audit/pages.tsx";
import { auditPages } from "./audit/pages-admin.tsx";
import { clientPages } from "./client/pages.tsx";
import { oneClientPages } from "./client/pages-client.tsx";
import { devPages } from "./dev/pages.tsx";
import { emailVerificationPages } from "./email-verification/pages.tsx";
import { emailChangePages } from "./email-verification/pages-change.tsx";
import type { AppEnv } from "./http/environment.ts";
import { impersonationPages } from "./impersonation/pages.tsx";
import { magicLinkPages } from "./magic-link/pages.tsx";
import { securityPages } from "./mfa/pages.tsx";
import { trustedDevicePages } from "./mfa/pages-devices.tsx";
import { totpPages } from "./mfa/pages-totp.tsx";
import { outboxPages } from "./outbox/pages.tsx";
import { passkeyPages } from "./passkey/pages.tsx";
import { passwordPages } from "./password/pages.tsx";
import { passwordResetPages } from "./password-reset/pages.tsx";
import type { Deps } from "./ports.ts";
import { reauthenticationPages } from "./reauthentication/pages.tsx";
import { rolePages } from "./role/pages.tsx";
import { sessionPages } from "./session/pages.tsx";
import { settingsPages } from "./settings/pages.tsx";
import { setupPages } from "./setup/pages.tsx";
import { signInPages } from "./sign-in/pages.tsx";
import { secondFactorPages } from "./sign-in/pages-second-factor.tsx";
import { signUpPages } from "./sign-in/pages-sign-up.tsx";
import { overviewPages } from "./stats/pages.tsx";
import { choicePages } from "./ui/choices.ts";

/**
 * The pages of every slice. They are asked by cookie, take forms from our own origin alone, and say beside each path who
 * may: `visitor`, `person` or `operator`.
 */
export function mountPages(app: OpenAPIHono<AppEnv>, deps: Deps): void {
  app.route("/", choicePages);
  app.route("/", signInPages);
  app.route("/", signUpPages);
  app.route("/", secondFactorPages);
  if (deps.config.mail) {
    app.route("/", passwordResetPages);
    app.route("/", emailVerificationPages);
    app.route("/", magicLinkPages);
    app.route("/", emailChangePages);
  }
  app.route("/", accountPages);
  app.route("/", securityPages);
  app.route("/", passwordPages);
  app.route("/", passkeyPages);
  app.route("/", totpPages);
  app.route("/", trustedDevicePages);
  app.route("/", sessionPages);
  app.route("/", apiKeyPages);
  app.route("/", activityPages);
  app.route("/", accountDataPages);
  app.route("/", reauthenticationPages);
  app.route("/", overviewPages);
  app.route("/", adminPages);
  app.route("/", adminUserPages);
  app.route("/", impersonationPages);
  app.route("/", rolePages);
  app.route("/", auditPages);
  if (deps.config.mail) app.route("/", outboxPages);
  app.route("/", clientPages);
  app.route("/", oneClientPages);
  app.route("/", settingsPages);
  app.route("/", setupPages);
  if (deps.config.environment !== "production") app.route("/", devPages);
}
