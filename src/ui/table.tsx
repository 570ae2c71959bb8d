import type { Child, PropsWithChildren } from "hono/jsx";

/**
 * A table that scrolls by itself where it is wider than the page, by keyboard too.
 * @public
 */
export function Table({
  label,
  heads,
  children,
}: PropsWithChildren<{ label: string; heads: readonly Child[] }>) {
  return (
    // What scrolls must be reached by keyboard (WCAG 2.1.1).
    <section class="scroll" tabindex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th scope="col">{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
