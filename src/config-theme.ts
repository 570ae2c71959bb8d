/** What pages may be told to look like; `src/browser/theme.css` has what each is by default. */
const names = new Set([
  "--accent",
  "--accent-text",
  "--background",
  "--surface",
  "--text",
  "--muted",
  "--border",
  "--danger",
  "--success",
  "--radius",
  "--font",
  "--font-mono",
]);

/** Colours, lengths, functions and font names: nothing that ends a declaration, fetches, or leaves the element. */
const value = /^[A-Za-z0-9#.,%()'" +*/-]{1,200}$/;

/** The CSS declarations of `THEME`, checked one by one, ready for a style element. */
export function parseTheme(text: string | undefined, findings: string[]): string {
  const declarations = (text ?? "").split(";").flatMap((part) => part.trim() || []);
  const isGood = declarations.every((declaration) => {
    const [, name = "", given = ""] = /^(--[a-z-]+)\s*:\s*(.+)$/.exec(declaration) ?? [];
    return names.has(name) && value.test(given) && !/url|image|\/\*/i.test(given);
  });
  if (!isGood)
    findings.push(`THEME: must be declarations like --accent: #0f766e, of ${[...names].join(" ")}`);
  return isGood ? declarations.join(";") : "";
}
