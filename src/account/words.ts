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
  },
});
