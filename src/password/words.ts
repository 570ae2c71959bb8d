import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    title: "Change your password",
    current: "Current password",
    none: "Leave it empty if your account has no password.",
    chosen: "New password",
    others: "Every other device will be signed out.",
    submit: "Change the password",
  },
  de: {
    title: "Passwort ändern",
    current: "Bisheriges Passwort",
    none: "Leer lassen, wenn Ihr Konto kein Passwort hat.",
    chosen: "Neues Passwort",
    others: "Alle anderen Geräte werden abgemeldet.",
    submit: "Passwort ändern",
  },
});
