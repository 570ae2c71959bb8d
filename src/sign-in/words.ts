import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    email: "Email address",
    password: "Password",
    name: "Name (optional)",
    or: "or",
    robots: "This form is shut here: a check for robots stands before it, which this page does not load.",
    login: {
      title: (product: string) => `Sign in to ${product}`,
      submit: "Sign in",
      passkey: "Sign in with a passkey",
      mail: "Email me a code instead",
      forgot: "Forgot your password?",
      signUp: "Create an account",
      done: {
        reset: "Your password is changed. Sign in with it.",
        verified: "Your address is confirmed. Sign in.",
        deleted: "Your account is deleted, with everything that was kept of you.",
        everywhere: "You are signed out everywhere.",
      },
    },
    signUp: {
      title: "Create an account",
      submit: "Create account",
      invited: "You are invited. Use the address that the invitation went to.",
      haveOne: "You have an account? Sign in",
    },
    mfa: {
      title: "One more step",
      totp: "Code from your authenticator app",
      recovery: "Use a recovery code",
      recoveryCode: "Recovery code",
      passkey: "Use your passkey",
      trust: (days: number) => `Do not ask again on this device for ${days} days`,
      submit: "Continue",
      restart: "Start again",
    },
  },
  de: {
    email: "E-Mail-Adresse",
    password: "Passwort",
    name: "Name (freiwillig)",
    or: "oder",
    robots:
      "Dieses Formular ist hier geschlossen: Davor steht eine Prüfung gegen Roboter, die diese Seite nicht lädt.",
    login: {
      title: (product: string) => `Anmelden bei ${product}`,
      submit: "Anmelden",
      passkey: "Mit Passkey anmelden",
      mail: "Stattdessen Code per E-Mail",
      forgot: "Passwort vergessen?",
      signUp: "Konto anlegen",
      done: {
        reset: "Ihr Passwort ist geändert. Melden Sie sich damit an.",
        verified: "Ihre Adresse ist bestätigt. Melden Sie sich an.",
        deleted: "Ihr Konto ist gelöscht, mit allem, was über Sie gespeichert war.",
        everywhere: "Sie sind überall abgemeldet.",
      },
    },
    signUp: {
      title: "Konto anlegen",
      submit: "Konto anlegen",
      invited: "Sie sind eingeladen. Nehmen Sie die Adresse, an die die Einladung ging.",
      haveOne: "Sie haben ein Konto? Anmelden",
    },
    mfa: {
      title: "Noch ein Schritt",
      totp: "Code aus Ihrer Authenticator-App",
      recovery: "Wiederherstellungscode verwenden",
      recoveryCode: "Wiederherstellungscode",
      passkey: "Passkey verwenden",
      trust: (days: number) => `Auf diesem Gerät ${days} Tage lang nicht mehr fragen`,
      submit: "Weiter",
      restart: "Von vorn beginnen",
    },
  },
});
