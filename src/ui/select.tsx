/**
 * A labelled choice of one. An option of the empty value is the one that chooses nothing.
 * @public
 */
export function Select({
  name,
  label,
  options,
  value,
}: {
  name: string;
  label: string;
  options: readonly { value: string; label: string }[];
  value?: string | undefined;
}) {
  const id = `field-${name}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} name={name}>
        {options.map((option) => (
          <option value={option.value} selected={option.value === (value ?? "")}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
