import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    title: "Settings",
    about:
      "What the service runs with. It is set in the environment, or as variables and secrets of the Worker, and read at the start.",
    variable: "Variable",
    value: "Value",
    source: "Set by",
    environment: "environment",
    fallback: "default",
    nobody: "nobody",
    set: "set, not shown",
  },
  de: {
    title: "Einstellungen",
    about:
      "Womit der Dienst läuft. Gesetzt in der Umgebung oder als Variablen und Geheimnisse des Workers, gelesen beim Start.",
    variable: "Variable",
    value: "Wert",
    source: "Gesetzt durch",
    environment: "Umgebung",
    fallback: "Vorgabe",
    nobody: "niemanden",
    set: "gesetzt, nicht gezeigt",
  },
});
