import type { Context } from "hono";
import { raw } from "hono/html";
import type { PropsWithChildren } from "hono/jsx";
import type { AppEnv } from "../http/environment.ts";
import { languages } from "../http/language.ts";
import { pageBehind } from "../http/return-to.ts";
import { Button, Form } from "./form.tsx";
import { dictionary } from "./words.ts";

const words = dictionary({
  en: { skip: "Skip to content", signOut: "Sign out" },
  de: { skip: "Zum Inhalt", signOut: "Abmelden" },
});

/** Each in its own words: whoever looks for it cannot read the others. */
const languageNames = { en: "English", de: "Deutsch" } as const;

type DocumentProps = PropsWithChildren<{
  c: Context<AppEnv>;
  nonce: string;
  title: string;
  /** Browser modules of `src/browser/`, by name. */
  scripts: readonly string[];
}>;

/** The outermost of every page. Nothing of it comes from another origin, and no script stands in it. */
export function Document({ c, nonce, title, scripts, children }: DocumentProps) {
  const { language, deps } = c.var;
  const { name, theme } = deps.config.product;
  return (
    <>
      {raw("<!doctype html>")}
      <html lang={language}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex" />
          <title>{`${title} · ${name}`}</title>
          <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
          <link rel="stylesheet" href="/assets/pages.css" />
          {theme && <style nonce={nonce}>{raw(`:root{${theme}}`)}</style>}
          {scripts.map((script) => (
            <script type="module" src={`/assets/${script}.js`} nonce={nonce} />
          ))}
        </head>
        <body>
          <a class="skip" href="#main">
            {words(language).skip}
          </a>
          {children}
        </body>
      </html>
    </>
  );
}

/**
 * The product, as its logo or its name.
 * @public
 */
export function Brand({ c, href }: { c: Context<AppEnv>; href: string }) {
  const { name, logo } = c.var.deps.config.product;
  return (
    <a class="brand" href={href}>
      <img src={logo ?? "/assets/icon.svg"} alt="" width="28" height="28" />
      <span>{name}</span>
    </a>
  );
}

/** @public */
export function LanguageChoice({ c }: { c: Context<AppEnv> }) {
  const { language } = c.var;
  const back = pageBehind(c);
  return (
    <Form action="/language" class="languages">
      <input type="hidden" name="return_to" value={back} />
      {languages.map((each) => (
        <button
          type="submit"
          class="link"
          name="language"
          value={each}
          lang={each}
          aria-current={each === language ? "true" : undefined}
        >
          {languageNames[each]}
        </button>
      ))}
    </Form>
  );
}

/** @public */
export function SignOut({ c }: { c: Context<AppEnv> }) {
  return (
    <Form action="/logout">
      <Button kind="quiet">{words(c.var.language).signOut}</Button>
    </Form>
  );
}

/** Whoever is signed in as themselves. Who acts as another ends that first. */
function isSignedIn(c: Context<AppEnv>): boolean {
  const { actor } = c.var as Partial<typeof c.var>;
  return actor !== undefined && !actor.impersonator;
}

/**
 * The frame of pages for visitors: one thing to do, in the middle, or `wide` a list of things. Whoever is signed in is
 * shown recovery codes in it, and failures.
 * @public
 */
export function VisitorFrame({
  c,
  title,
  wide,
  children,
}: PropsWithChildren<{ c: Context<AppEnv>; title: string; wide?: boolean | undefined }>) {
  return (
    <div class={wide ? "visitor wide" : "visitor"}>
      <header>
        <Brand c={c} href="/" />
        {isSignedIn(c) && <SignOut c={c} />}
      </header>
      <main id="main" {...(!wide && { class: "card" })}>
        <h1>{title}</h1>
        {children}
      </main>
      <footer>
        <LanguageChoice c={c} />
      </footer>
    </div>
  );
}
