import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    profile: {
      title: "Profile",
      name: "Name",
      email: "Email address",
      verified: "Confirmed",
      unverified: "Not confirmed",
      roles: "Roles",
      since: "Account since",
      save: "Save",
      done: { saved: "Saved.", verified: "Your address is confirmed." },
    },
    data: {
      title: "Your data",
      export: "Everything we keep of you",
      exportAbout: "Your account, sessions, devices, mails and events, as one file.",
      download: "Download",
      delete: "Delete the account",
      deleteAbout:
        "For good: sessions end, keys stop working, and what is kept of you is erased. Type your address to confirm.",
      email: "Your email address",
      submit: "Delete my account",
    },
  },
  de: {
    profile: {
      title: "Profil",
      name: "Name",
      email: "E-Mail-Adresse",
      verified: "Bestätigt",
      unverified: "Nicht bestätigt",
      roles: "Rollen",
      since: "Konto seit",
      save: "Speichern",
      done: { saved: "Gespeichert.", verified: "Ihre Adresse ist bestätigt." },
    },
    data: {
      title: "Ihre Daten",
      export: "Alles, was wir über Sie speichern",
      exportAbout: "Konto, Sitzungen, Geräte, Nachrichten und Ereignisse, in einer Datei.",
      download: "Herunterladen",
      delete: "Konto löschen",
      deleteAbout:
        "Endgültig: Sitzungen enden, Schlüssel gelten nicht mehr, und was über Sie gespeichert ist, wird gelöscht. Geben Sie zur Bestätigung Ihre Adresse ein.",
      email: "Ihre E-Mail-Adresse",
      submit: "Mein Konto löschen",
    },
  },
});
