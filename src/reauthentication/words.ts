import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    title: "Confirm that it is you",
    about: "What you are about to do takes a sign-in of the last 15 minutes.",
    password: "Password",
    totp: "Code from your authenticator app",
    recovery: "Use a recovery code",
    recoveryCode: "Recovery code",
    passkey: "Use your passkey",
    mail: "Email me a code",
    code: "Code from the mail",
    submit: "Continue",
  },
  de: {
    title: "Bestätigen Sie, dass Sie es sind",
    about: "Was Sie vorhaben, braucht eine Anmeldung in den letzten 15 Minuten.",
    password: "Passwort",
    totp: "Code aus Ihrer Authenticator-App",
    recovery: "Wiederherstellungscode verwenden",
    recoveryCode: "Wiederherstellungscode",
    passkey: "Passkey verwenden",
    mail: "Code per E-Mail senden",
    code: "Code aus der Nachricht",
    submit: "Weiter",
  },
});
