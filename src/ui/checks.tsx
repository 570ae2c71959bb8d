import { z } from "@hono/zod-openapi";

/**
 * The checkboxes of one name: a form posts none, one or many.
 * @public
 */
export function checks<T extends z.ZodType<string>>(each: T) {
  return z.preprocess((value) => (value === undefined ? [] : [value].flat()), z.array(each).max(100));
}

/**
 * A group of checkboxes.
 * @public
 */
export function Checks({
  name,
  legend,
  hint,
  options,
  checked,
}: {
  name: string;
  legend: string;
  hint?: string;
  options: readonly { value: string; label: string }[];
  checked?: ReadonlySet<string>;
}) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {hint && <p class="hint">{hint}</p>}
      {options.map(({ value, label }) => (
        <label class="check">
          <input type="checkbox" name={name} value={value} checked={checked?.has(value) ?? false} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
