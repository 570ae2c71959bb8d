import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { renderVisitor } from "./render.tsx";
import { Secret } from "./secret.tsx";

/**
 * Recovery codes, which are shown this once, and nothing beside them. The session may have got another id just now, so
 * that there is nobody to ask for the frame of the account.
 * @public
 */
export function renderCodes(
  c: Context<AppEnv>,
  {
    codes,
    href = "/account/security",
    ...t
  }: { title: string; about: string; next: string; href?: string; codes: readonly string[] },
) {
  return renderVisitor(
    c,
    { title: t.title, scripts: ["copy"] },
    <>
      <p>{t.about}</p>
      <Secret text={codes.join("\n")} file="recovery-codes.txt" language={c.var.language} />
      <p>
        <a class="button" href={href}>
          {t.next}
        </a>
      </p>
    </>,
  );
}
