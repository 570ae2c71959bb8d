import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    title: "Overview",
    about: "The last 30 days, in UTC.",
    signUps: "Sign-ups",
    signIns: "Sign-ins",
    failures: "Refused sign-ins",
    active: "Active users today",
    throttled: "Throttled",
    total: (count: string) => `${count} in 30 days`,
    today: (count: string) => `${count} today`,
    chart: (what: string, most: string) => `${what} per day, ${most} at most`,
    table: "As a table",
    day: "Day",
  },
  de: {
    title: "Übersicht",
    about: "Die letzten 30 Tage, in UTC.",
    signUps: "Registrierungen",
    signIns: "Anmeldungen",
    failures: "Abgelehnte Anmeldungen",
    active: "Heute aktiv",
    throttled: "Gedrosselt",
    total: (count: string) => `${count} in 30 Tagen`,
    today: (count: string) => `${count} heute`,
    chart: (what: string, most: string) => `${what} je Tag, höchstens ${most}`,
    table: "Als Tabelle",
    day: "Tag",
  },
});
