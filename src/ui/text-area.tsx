import type { Language } from "../http/language.ts";
import type { Problem } from "../problems.ts";
import { faultOf } from "./problem-words.ts";

/**
 * A labelled field of several lines.
 * @public
 */
export function TextArea({
  name,
  label,
  hint,
  value,
  language,
  problem,
  id = `field-${name}`,
}: {
  name: string;
  label: string;
  hint?: string;
  value?: string;
  language: Language;
  problem?: Problem | undefined;
  id?: string;
}) {
  const fault = faultOf(language, problem, name);
  const described = [hint ? `${id}-hint` : [], fault ? `${id}-fault` : []].flat().join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea id={id} name={name} rows={4} {...(described && { "aria-describedby": described })}>
        {value ?? ""}
      </textarea>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {fault && (
        <p class="fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}
