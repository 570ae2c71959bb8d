const anywhere = "http://here.invalid";

/**
 * A path on our own origin, as written; undefined for every other form. What a browser would read as another origin
 * (`//host`, `/\host`, a scheme, control characters that it drops), and what it would rewrite first, is refused.
 * @public
 */
export function parseReturnPath(text: string): string | undefined {
  if (text.length > 512 || !/^\/(?![/\\])[!-[\]-~]*$/.test(text)) return undefined;
  const url = URL.canParse(text, anywhere) ? new URL(text, anywhere) : undefined;
  const isSame = url?.origin === anywhere && `${url.pathname}${url.search}${url.hash}` === text;
  return isSame ? text : undefined;
}
