import type { Language } from "../http/language.ts";
import type { FieldCode, Problem, ProblemCode } from "../problems.ts";
import { dictionary } from "./words.ts";

const words = dictionary({
  en: {
    problems: {
      malformed_json: "That could not be read. Try again.",
      invalid_cursor: "This page of the list is gone. Start again at the top.",
      missing_token: "Sign in first.",
      invalid_token: "Your session has ended. Sign in again.",
      invalid_credentials: "The address or the password is wrong.",
      invalid_proof: "The link or code is wrong, was used, or is too old.",
      invalid_refresh_token: "Your session has ended. Sign in again.",
      reauthentication_required: "Confirm that it is you first.",
      not_allowed: "You may not do this.",
      mfa_required: "The second step is due.",
      account_suspended: "This account is suspended.",
      email_not_verified: "Confirm your email address first. We sent you a mail when you signed up.",
      signup_closed: "Sign-up is not open to this address.",
      not_found: "There is nothing here, or nothing of yours.",
      method_not_allowed: "This page does not take that.",
      email_taken: "This address has an account already.",
      last_admin: "Someone must remain who can administer the service.",
      conflict: "It is taken or in use, or it changed meanwhile. Look again, then decide.",
      body_too_large: "That is too large.",
      unsupported_media_type: "This page does not take that kind of content.",
      invalid_fields: "Some of this cannot be accepted. See below.",
      throttled: "Too many attempts. Wait a while before the next.",
      internal: "A defect on our side. Quote the number below when you report it.",
      unavailable: "Something we depend on does not answer. Try again in a moment.",
      busy: "There is more work than we can take on right now. Try again in a moment.",
    },
    fields: {
      required: "This is missing.",
      invalid: "This cannot be accepted.",
      too_short: "This is too short.",
      too_long: "This is too long.",
      unknown_field: "This was not expected.",
      missing_class: "Use upper and lower case, a digit and another character, or 15 characters.",
      common_password: "This is among the passwords that are tried first.",
      contains_identity: "It must not contain your address, your name, or the name of this service.",
      breached: "This is known from a breach of another service.",
      invalid_email: "This is not an address we can send mail to.",
    },
    wait: (minutes: number) => `Try again in ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`,
    requestId: "Request",
  },
  de: {
    problems: {
      malformed_json: "Das war nicht lesbar. Versuchen Sie es noch einmal.",
      invalid_cursor: "Diese Seite der Liste gibt es nicht mehr. Beginnen Sie von vorn.",
      missing_token: "Melden Sie sich zuerst an.",
      invalid_token: "Ihre Sitzung ist beendet. Melden Sie sich neu an.",
      invalid_credentials: "Adresse oder Passwort ist falsch.",
      invalid_proof: "Der Link oder Code ist falsch, verbraucht oder zu alt.",
      invalid_refresh_token: "Ihre Sitzung ist beendet. Melden Sie sich neu an.",
      reauthentication_required: "Bestätigen Sie zuerst, dass Sie es sind.",
      not_allowed: "Das dürfen Sie nicht.",
      mfa_required: "Der zweite Schritt steht aus.",
      account_suspended: "Dieses Konto ist gesperrt.",
      email_not_verified:
        "Bestätigen Sie zuerst Ihre E-Mail-Adresse. Die Nachricht kam mit der Registrierung.",
      signup_closed: "Für diese Adresse ist die Registrierung nicht offen.",
      not_found: "Hier ist nichts, oder nichts von Ihnen.",
      method_not_allowed: "Das nimmt diese Seite nicht an.",
      email_taken: "Zu dieser Adresse gibt es schon ein Konto.",
      last_admin: "Es muss jemand bleiben, der den Dienst verwalten kann.",
      conflict: "Es ist vergeben, in Gebrauch oder wurde inzwischen geändert. Sehen Sie noch einmal nach.",
      body_too_large: "Das ist zu groß.",
      unsupported_media_type: "Diese Art Inhalt nimmt die Seite nicht an.",
      invalid_fields: "Einiges davon geht so nicht. Siehe unten.",
      throttled: "Zu viele Versuche. Warten Sie eine Weile vor dem nächsten.",
      internal: "Ein Fehler auf unserer Seite. Nennen Sie die Nummer unten, wenn Sie ihn melden.",
      unavailable: "Etwas, das wir brauchen, antwortet nicht. Versuchen Sie es gleich noch einmal.",
      busy: "Gerade ist mehr zu tun, als wir schaffen. Versuchen Sie es gleich noch einmal.",
    },
    fields: {
      required: "Das fehlt.",
      invalid: "Das geht so nicht.",
      too_short: "Das ist zu kurz.",
      too_long: "Das ist zu lang.",
      unknown_field: "Das war nicht erwartet.",
      missing_class:
        "Nehmen Sie Groß- und Kleinbuchstaben, eine Ziffer und ein anderes Zeichen, oder 15 Zeichen.",
      common_password: "Das gehört zu den Passwörtern, die zuerst probiert werden.",
      contains_identity: "Adresse, Name und Name dieses Dienstes dürfen nicht darin vorkommen.",
      breached: "Das ist aus einem Einbruch bei einem anderen Dienst bekannt.",
      invalid_email: "An diese Adresse können wir keine Nachricht senden.",
    },
    wait: (minutes: number) =>
      `Versuchen Sie es in ${minutes === 1 ? "einer Minute" : `${minutes} Minuten`} wieder.`,
    requestId: "Anfrage",
  },
});

/**
 * What people are told of a refusal.
 * @public
 */
export function problemText(language: Language, problem: Problem): string {
  const { problems, wait } = words(language);
  const { retryAfterSeconds } = problem.extras;
  const text = problems[problem.code satisfies ProblemCode];
  return retryAfterSeconds === undefined || retryAfterSeconds < 60
    ? text
    : `${text} ${wait(Math.ceil(retryAfterSeconds / 60))}`;
}

/**
 * What is wrong with one field of a form, or undefined.
 * @public
 */
export function faultOf(language: Language, problem: Problem | undefined, name: string): string | undefined {
  const fault = problem?.extras.errors?.find(({ pointer }) => pointer === `/${name}`);
  return fault && words(language).fields[fault.code satisfies FieldCode];
}

/** @public */
export function requestIdLabel(language: Language): string {
  return words(language).requestId;
}
