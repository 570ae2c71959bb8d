import { accountRoutes } from "./account/routes.ts";
import { adminRoutes } from "./admin/routes.ts";
import { adminAccessRoutes } from "./admin/routes-access.ts";
import { apiKeyRoutes } from "./api-key/routes.ts";
import { mountPages } from "./app-pages.ts";
import { attackTargetRoutes } from "./attack-target/routes.ts";
import { auditRoutes } from "./audit/routes.ts";
import { clientRoutes } from "./client/routes.ts";
import { devRoutes } from "./dev/routes.ts";
import { docsRoutes } from "./docs/routes.ts";
import { emailVerificationRoutes } from "./email-verification/routes.ts";
import { healthRoutes } from "./health/routes.ts";
import { allowedMethods } from "./http/allowed-methods.ts";
import { body } from "./http/body.ts";
import { caller } from "./http/caller.ts";
import { apiCors, publicCors } from "./http/cors.ts";
import { denyUndeclared } from "./http/deny-undeclared.ts";
import { notFound, onError } from "./http/errors.ts";
import { chooseDialect } from "./http/form-dialect.ts";
import { logs } from "./http/logs.ts";
import { acceptsPage } from "./http/pages.ts";
import { requestId } from "./http/request-id.ts";
import { createRouter } from "./http/router.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { impersonationRoutes } from "./impersonation/routes.ts";
import { importRoutes } from "./import/routes.ts";
import { invitationRoutes } from "./invitation/routes.ts";
import { magicLinkRoutes } from "./magic-link/routes.ts";
import { mfaRoutes } from "./mfa/routes.ts";
import { mfaAdminRoutes } from "./mfa/routes-admin.ts";
import { trustedDeviceRoutes } from "./mfa/routes-devices.ts";
import { oauthRoutes } from "./oauth/routes.ts";
import { outboxRoutes } from "./outbox/routes.ts";
import { passkeyRoutes } from "./passkey/routes.ts";
import { passwordRoutes } from "./password/routes.ts";
import { passwordResetRoutes } from "./password-reset/routes.ts";
import type { Deps } from "./ports.ts";
import { Problem } from "./problems.ts";
import { reauthenticationRoutes } from "./reauthentication/routes.ts";
import { revocationRoutes } from "./revocation/routes.ts";
import { roleRoutes } from "./role/routes.ts";
import { sessionRoutes } from "./session/routes.ts";
import { signInRoutes } from "./sign-in/routes.ts";
import { passkeySignInRoutes } from "./sign-in/routes-passkey.ts";
import { secondFactorRoutes } from "./sign-in/routes-second-factor.ts";
import { statsRoutes } from "./stats/routes.ts";
import { tokenRoutes } from "./token/routes.ts";
import { errorPage } from "./ui/pages.tsx";

/** The whole service on the given ports. Every slice is mounted here, with who may call it. */
export function createApp(deps: Deps) {
  const app = createRouter();
  app.use(
    (c, next) => {
      c.set("deps", deps);
      return next();
    },
    chooseDialect,
    requestId,
    logs,
    securityHeaders,
  );
  app.use("/api/*", apiCors);
  app.use("/.well-known/*", publicCors);
  app.use("/openapi.json", publicCors);
  app.use("/api/*", body, caller);
  app.use("/oauth/*", body, caller);
  app.use("/api/v1/admin/*", denyUndeclared(app));

  app.route("/api/v1", signInRoutes); //    anyone, throttled by account and network
  app.route("/api/v1", secondFactorRoutes); // the mfa_token of a first factor that was right
  app.route("/api/v1", reauthenticationRoutes); // bearer and a factor
  app.route("/api/v1", passkeySignInRoutes); // anyone with a passkey, throttled by network
  app.route("/api/v1", passkeyRoutes); //   bearer, one's own; to add or remove one, lately authenticated
  app.route("/api/v1", sessionRoutes); //   a refresh token for refresh and logout, else the session's bearer
  app.route("/api/v1", passwordRoutes); //  anyone may read the policy; a change takes bearer and password
  app.route("/api/v1", accountRoutes); //   bearer, one's own account
  app.route("/api/v1", mfaRoutes); //       bearer; a recent authentication for a change
  app.route("/api/v1", trustedDeviceRoutes); // bearer
  app.route("/api/v1", apiKeyRoutes); //    bearer; to make one, lately authenticated
  app.route("/api/v1", adminRoutes); //     bearer, a permission per route
  app.route("/api/v1", adminAccessRoutes); // the same
  app.route("/api/v1", mfaAdminRoutes); //  bearer, users:write and a recent authentication
  app.route("/api/v1", roleRoutes); //      bearer, roles:read or roles:write
  app.route("/api/v1", clientRoutes); //    bearer, clients:read or clients:write
  app.route("/api/v1", impersonationRoutes); // bearer, users:impersonate
  app.route("/api/v1", auditRoutes); //     bearer, audit:read
  app.route("/api/v1", statsRoutes); //     bearer, stats:read
  if (deps.config.mail) {
    app.route("/api/v1", emailVerificationRoutes); // anyone with a mailed proof; a change takes bearer and password
    app.route("/api/v1", passwordResetRoutes); //     anyone with a mailed proof; to force it, bearer with users:write
    app.route("/api/v1", invitationRoutes); //        bearer, users:invite
    app.route("/api/v1", outboxRoutes); //            bearer, a permission per route
    app.route("/api/v1", magicLinkRoutes); //         anyone with a mailed proof and the flow that asked for it
  }
  if (deps.config.environment !== "production") {
    app.route("/", devRoutes); //           anyone who reaches a loopback address
  }
  app.route("/api/v1", importRoutes); //    bearer with users:import
  app.route("/", oauthRoutes); //           a machine client, or whoever has an API key
  app.route("/", tokenRoutes); //           anyone: public keys
  app.route("/", revocationRoutes(deps)); // anyone: what ended
  app.route("/", healthRoutes); //          anyone: no detail
  app.route("/", docsRoutes(app)); //       anyone
  const { attackTargetToken } = deps.config;
  if (attackTargetToken) app.route("/", attackTargetRoutes(attackTargetToken)); // anyone

  mountPages(app, deps); //                 by cookie, each with who may beside its path

  const methodsOf = allowedMethods(app);
  app.onError(onError);
  app.notFound((c) => {
    return acceptsPage(c) ? errorPage(c, new Problem("not_found")) : notFound(c, methodsOf);
  });
  return app;
}
