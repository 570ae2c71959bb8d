import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    title: "Passkeys",
    about: "A passkey signs you in by your fingerprint, face or device lock, and cannot be phished.",
    none: "You have none yet.",
    add: "Add a passkey",
    create: "Create the passkey",
    noScripts: "Passkeys need scripts, which are off in this browser.",
    name: "Name",
    nameHint: "So that you know it again: “Work laptop”.",
    rename: "Rename",
    made: "Added",
    used: "last used",
    never: "never used",
    remove: "Remove",
    removeOf: (name: string) => `Remove ${name}`,
    renameOf: (name: string) => `New name of ${name}`,
    done: {
      added: "The passkey is added.",
      renamed: "The passkey is renamed.",
      removed: "The passkey is removed.",
    },
    codes: "Your recovery codes",
    codesAbout:
      "Each signs you in once when you have lost your passkeys. Keep them where you find them then: they are shown this once.",
    next: "I have kept them",
  },
  de: {
    title: "Passkeys",
    about:
      "Ein Passkey meldet Sie per Fingerabdruck, Gesicht oder Gerätesperre an und kann nicht abgefischt werden.",
    none: "Sie haben noch keinen.",
    add: "Passkey hinzufügen",
    create: "Passkey anlegen",
    noScripts: "Passkeys brauchen Skripte, und die sind in diesem Browser aus.",
    name: "Name",
    nameHint: "Damit Sie ihn wiedererkennen: „Laptop im Büro“.",
    rename: "Umbenennen",
    made: "Angelegt",
    used: "zuletzt benutzt",
    never: "nie benutzt",
    remove: "Entfernen",
    removeOf: (name: string) => `${name} entfernen`,
    renameOf: (name: string) => `Neuer Name von ${name}`,
    done: {
      added: "Der Passkey ist angelegt.",
      renamed: "Der Passkey ist umbenannt.",
      removed: "Der Passkey ist entfernt.",
    },
    codes: "Ihre Wiederherstellungscodes",
    codesAbout:
      "Jeder meldet Sie einmal an, wenn Sie Ihre Passkeys verloren haben. Bewahren Sie sie so auf, dass Sie sie dann finden: Sie werden nur dieses Mal gezeigt.",
    next: "Ich habe sie aufbewahrt",
  },
});
