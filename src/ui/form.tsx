import type { Context } from "hono";
import type { PropsWithChildren } from "hono/jsx";
import type { AppEnv } from "../http/environment.ts";
import type { Language } from "../http/language.ts";
import type { Problem } from "../problems.ts";
import { faultOf, problemText } from "./problem-words.ts";

/**
 * A form that changes something. It works without scripts.
 * @public
 */
export function Form({
  action,
  children,
  ...rest
}: PropsWithChildren<{ action: string; id?: string; class?: string; "data-setup"?: string }>) {
  return (
    <form method="post" action={action} {...rest}>
      {children}
    </form>
  );
}

type FieldProps = {
  name: string;
  label: string;
  language: Language;
  /** Whose faults are shown beside the field. */
  problem?: Problem | undefined;
  type?: string;
  value?: string | undefined;
  hint?: string | undefined;
  autocomplete?: string;
  required?: boolean;
  autofocus?: boolean;
  inputmode?: "numeric" | "email" | "text";
  maxlength?: number;
  id?: string;
};

/**
 * A labelled input with its hint and its fault, tied together for those who do not see them (WCAG 2.2, 1.3.1, 3.3.1).
 * @public
 */
export function Field({ name, label, language, problem, hint, type = "text", ...input }: FieldProps) {
  const id = input.id ?? `field-${name}`;
  const fault = faultOf(language, problem, name);
  const described = [hint ? `${id}-hint` : [], fault ? `${id}-fault` : []].flat().join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        id={id}
        name={name}
        type={type}
        {...(described && { "aria-describedby": described })}
        {...(fault && { "aria-invalid": "true" })}
      />
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

/**
 * @param kind `quiet` for what is second to another, `danger` for what cannot be undone.
 * @public
 */
export function Button({
  kind,
  children,
  ...rest
}: PropsWithChildren<{ kind?: "quiet" | "danger"; name?: string; value?: string; id?: string }>) {
  return (
    <button type="submit" {...(kind && { class: kind })} {...rest}>
      {children}
    </button>
  );
}

/**
 * What a form was refused for, read out at once.
 * @public
 */
export function Refusal({ problem, language }: { problem: Problem | undefined; language: Language }) {
  if (!problem) return null;
  return (
    <p class="refusal" role="alert">
      {problemText(language, problem)}
    </p>
  );
}

/**
 * What was done, after the redirect that follows a form.
 * @public
 */
export function Notice({ children }: PropsWithChildren) {
  return (
    <p class="notice" role="status">
      {children}
    </p>
  );
}

/**
 * What was done, by the `?done=` that the redirect after a form brings. Anything else it may say is nobody's text.
 * @public
 */
export function Done({ c, texts }: { c: Context<AppEnv>; texts: Readonly<Record<string, string>> }) {
  const done = c.req.query("done") ?? "";
  return Object.hasOwn(texts, done) ? <Notice>{texts[done]}</Notice> : null;
}
