import type { PropsWithChildren } from "hono/jsx";
import type { Language } from "../http/language.ts";
import { Button } from "../ui/form.tsx";
import { dictionary } from "../ui/words.ts";

const words = dictionary({
  en: { failed: "The passkey did not answer. Try again, or reload the page first." },
  de: {
    failed: "Der Passkey hat nicht geantwortet. Versuchen Sie es noch einmal, oder laden Sie die Seite neu.",
  },
});

type PasskeyFormProps = PropsWithChildren<{
  action: string;
  label: string;
  language: Language;
  /** `sign-in` gets its options when they are wanted; the others have theirs here. */
  kind: "sign-in" | "get" | "create";
  options?: object;
  quiet?: boolean;
}>;

/**
 * A form that an authenticator fills in. It is there only where scripts run, since nothing else can ask one.
 * @public
 */
export function PasskeyForm({ action, label, language, kind, options, quiet, children }: PasskeyFormProps) {
  return (
    <form
      method="post"
      action={action}
      data-passkey={kind}
      class="scripted"
      {...(options && { "data-options": JSON.stringify(options) })}
    >
      {children}
      <input type="hidden" name="flow_id" />
      <input type="hidden" name="credential" />
      <p class="fault" role="alert" hidden>
        {words(language).failed}
      </p>
      <Button {...(quiet && { kind: "quiet" as const })}>{label}</Button>
    </form>
  );
}
