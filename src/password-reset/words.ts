import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    forgot: {
      title: "Reset your password",
      about: "We mail you a link to choose a new password.",
      email: "Email address",
      submit: "Send the link",
      sent: "If this address has an account, a mail is on its way. It can take a minute; look among the spam too.",
      back: "Back to the sign-in",
      robots: "This form is shut here: a check for robots stands before it, which this page does not load.",
    },
    reset: {
      title: "Choose a new password",
      password: "New password",
      submit: "Change the password",
      everywhere: "Every device will be signed out.",
      again: "The link is wrong, was used, or is too old.",
      another: "Have another sent",
    },
  },
  de: {
    forgot: {
      title: "Passwort zurücksetzen",
      about: "Wir senden Ihnen einen Link, um ein neues Passwort zu wählen.",
      email: "E-Mail-Adresse",
      submit: "Link senden",
      sent: "Gibt es zu dieser Adresse ein Konto, ist eine Nachricht unterwegs. Das kann eine Minute dauern; sehen Sie auch im Spam nach.",
      back: "Zurück zur Anmeldung",
      robots:
        "Dieses Formular ist hier geschlossen: Davor steht eine Prüfung gegen Roboter, die diese Seite nicht lädt.",
    },
    reset: {
      title: "Neues Passwort wählen",
      password: "Neues Passwort",
      submit: "Passwort ändern",
      everywhere: "Alle Geräte werden abgemeldet.",
      again: "Der Link ist falsch, verbraucht oder zu alt.",
      another: "Einen anderen senden lassen",
    },
  },
});
