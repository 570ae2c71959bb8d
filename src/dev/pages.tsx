import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { chooseLanguage, type Language } from "../http/language.ts";
import { visitor } from "../http/pages.ts";
import { listSentMails } from "../outbox/list-mails.ts";
import { Button, Form } from "../ui/form.tsx";
import { createPages } from "../ui/pages.tsx";
import { renderVisitor } from "../ui/render.tsx";
import { Time } from "../ui/time.tsx";
import { drainOutbox } from "./drain-outbox.ts";
import { words } from "./words.ts";

type SentMail = Awaited<ReturnType<typeof listSentMails>>[number];

/** What was sent, to one address or to any. Of the HTML bodies nothing is shown: our policy has no room for their styles. */
export async function mailPage(c: Context<AppEnv>, to: string | undefined): Promise<Response> {
  await chooseLanguage(c, async () => undefined);
  const { language, deps } = c.var;
  const mails = await listSentMails(deps, to);
  const t = words(language);
  return renderVisitor(
    c,
    { title: t.title, scripts: ["copy"], secret: true, wide: true },
    <>
      <p class="hint">{t.intro}</p>
      <div class="mail-tools">
        <form class="filters" method="get" action="/dev/mail">
          <div class="field">
            <label for="to">{t.to}</label>
            <input id="to" name="to" type="email" value={to} list="addresses" />
            <datalist id="addresses">
              {[...new Set(mails.map((mail) => mail.to))].map((address) => (
                <option value={address} />
              ))}
            </datalist>
          </div>
          <button type="submit">{t.filter}</button>
          {to !== undefined && (
            <a class="button quiet" href="/dev/mail">
              {t.all}
            </a>
          )}
        </form>
        <Form action="/dev/mail">
          <Button kind="quiet">{t.drain}</Button>
        </Form>
      </div>
      {mails.length === 0 && <p>{to === undefined ? t.none : t.noneTo(to)}</p>}
      {mails.map((mail, index) => (
        <MailCard mail={mail} language={language} open={index === 0} />
      ))}
    </>,
  );
}

function MailCard({ mail, language, open }: { mail: SentMail; language: Language; open: boolean }) {
  const t = words(language);
  return (
    <article class="card mail">
      <h2 lang="en">{mail.subject}</h2>
      <dl>
        <dt>{t.sentTo}</dt>
        <dd>
          <a href={`/dev/mail?to=${encodeURIComponent(mail.to)}`}>{mail.to}</a>
        </dd>
        <dt>{t.when}</dt>
        <dd>
          <Time at={mail.createdAt} language={language} />
        </dd>
        <dt>{t.template}</dt>
        <dd>
          <code>{mail.template}</code>
        </dd>
        {mail.code && (
          <>
            <dt>{t.code}</dt>
            <dd>
              <code class="code" id={`code-${mail.id}`}>
                {mail.code}
              </code>
            </dd>
          </>
        )}
      </dl>
      <p class="actions">
        <a class="button" href={mail.link}>
          {t.open}
        </a>
        {mail.code && (
          <button type="button" class="quiet scripted" data-copy={`code-${mail.id}`} data-copied={t.copied}>
            {t.copy}
          </button>
        )}
      </p>
      <details open={open}>
        <summary>{t.text}</summary>
        <pre lang="en">{mail.text}</pre>
      </details>
    </article>
  );
}

/**
 * The button of that page.
 * @public
 */
export const devPages = createPages().post("/dev/mail", visitor, async (c) => {
  await drainOutbox(c.var.deps);
  return c.redirect("/dev/mail", 303);
});
