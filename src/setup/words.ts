import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    title: "Set up the first administrator",
    intro: (product: string) =>
      `Nobody administers ${product} yet. The account made here may do everything; this page is gone afterwards.`,
    email: "Email address",
    name: "Name (optional)",
    password: "Password",
    byPassword: "Continue with a password",
    or: "or",
    byPasskey: "Continue with a passkey",
    passkeyHint: "Two factors in one step: what you have, and your fingerprint, face or PIN.",
    passkeyFailed: "No passkey was made. Try again, or choose a password.",
    codesTitle: "Your recovery codes",
    codesIntro:
      "Each stands in for your passkey once, should you lose it. Keep them somewhere safe: they are not shown again.",
    goOn: "I have kept them. Go on",
  },
  de: {
    title: "Erstes Verwaltungskonto einrichten",
    intro: (product: string) =>
      `Noch verwaltet niemand ${product}. Das Konto, das Sie hier anlegen, darf alles; danach gibt es diese Seite nicht mehr.`,
    email: "E-Mail-Adresse",
    name: "Name (freiwillig)",
    password: "Passwort",
    byPassword: "Weiter mit einem Passwort",
    or: "oder",
    byPasskey: "Weiter mit einem Passkey",
    passkeyHint: "Zwei Faktoren in einem Schritt: was Sie haben, und Fingerabdruck, Gesicht oder PIN.",
    passkeyFailed:
      "Es wurde kein Passkey angelegt. Versuchen Sie es noch einmal, oder wählen Sie ein Passwort.",
    codesTitle: "Ihre Wiederherstellungscodes",
    codesIntro:
      "Jeder ersetzt Ihren Passkey einmal, sollten Sie ihn verlieren. Verwahren Sie sie gut: Sie werden nicht noch einmal gezeigt.",
    goOn: "Ich habe sie verwahrt. Weiter",
  },
});
