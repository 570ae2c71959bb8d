import type { Config } from "../config.ts";
import type { Language } from "../http/language.ts";
import type { Problem } from "../problems.ts";
import { Field } from "../ui/form.tsx";
import { dictionary } from "../ui/words.ts";
import { type PasswordPolicy, passwordPolicy } from "./policy.ts";

const words = dictionary({
  en: {
    length: (min: number) => `At least ${min} characters`,
    classes: (waivedFrom: number) =>
      `, with upper and lower case, a digit and another character; or ${waivedFrom} of any kind`,
    apart: ". Not your name or address, and not one that many use.",
    weak: "Not there yet.",
    good: "That meets the rules.",
  },
  de: {
    length: (min: number) => `Mindestens ${min} Zeichen`,
    classes: (waivedFrom: number) =>
      `, mit Groß- und Kleinbuchstaben, Ziffer und einem anderen Zeichen; oder ${waivedFrom} beliebige`,
    apart: ". Nicht Ihr Name, nicht Ihre Adresse, und keines, das viele nehmen.",
    weak: "Noch nicht.",
    good: "Das erfüllt die Regeln.",
  },
});

function rulesOf(policy: PasswordPolicy, language: Language): string {
  const t = words(language);
  const classes =
    policy.classesRequired && policy.classesWaivedFrom !== null ? t.classes(policy.classesWaivedFrom) : "";
  return `${t.length(policy.minLength)}${classes}${t.apart}`;
}

/**
 * A new password with the rules it has to meet. `password-hint` says while somebody types whether it does; what counts is
 * said by the server.
 * @public
 */
export function NewPasswordField({
  config,
  language,
  ...field
}: {
  config: Pick<Config, "passwordPolicy">;
  name: string;
  label: string;
  language: Language;
  problem?: Problem | undefined;
}) {
  const policy = passwordPolicy(config.passwordPolicy);
  const t = words(language);
  return (
    <div
      data-password-hint={field.name}
      data-min={String(policy.minLength)}
      data-classes={policy.classesRequired ? String(policy.classesWaivedFrom) : ""}
    >
      <Field
        {...field}
        language={language}
        type="password"
        autocomplete="new-password"
        hint={rulesOf(policy, language)}
        required
      />
      <p class="strength" aria-live="polite" data-weak={t.weak} data-good={t.good} />
    </div>
  );
}
