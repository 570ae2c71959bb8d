import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    title: "Sessions",
    about: "Where you are signed in. End what you do not know, then change your password.",
    current: "This one",
    named: "From the mail",
    unknown: "Unknown device",
    signedIn: "Signed in",
    used: "last used",
    end: "End",
    endOf: (what: string) => `End the session: ${what}`,
    others: "End all others",
    everywhere: "Sign out everywhere",
    done: { ended: "The session has ended.", others: "All other sessions have ended." },
    devices: { mobile: "Phone", tablet: "Tablet", desktop: "Computer" },
  },
  de: {
    title: "Sitzungen",
    about: "Wo Sie angemeldet sind. Beenden Sie, was Sie nicht kennen, und ändern Sie dann Ihr Passwort.",
    current: "Diese",
    named: "Aus der Nachricht",
    unknown: "Unbekanntes Gerät",
    signedIn: "Angemeldet",
    used: "zuletzt benutzt",
    end: "Beenden",
    endOf: (what: string) => `Sitzung beenden: ${what}`,
    others: "Alle anderen beenden",
    everywhere: "Überall abmelden",
    done: { ended: "Die Sitzung ist beendet.", others: "Alle anderen Sitzungen sind beendet." },
    devices: { mobile: "Telefon", tablet: "Tablet", desktop: "Computer" },
  },
});
