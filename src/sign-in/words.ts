import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    login: {
      title: (product: string) => `Sign in to ${product}`,
      email: "Email address",
      password: "Password",
      submit: "Sign in",
    },
  },
  de: {
    login: {
      title: (product: string) => `Anmelden bei ${product}`,
      email: "E-Mail-Adresse",
      password: "Passwort",
      submit: "Anmelden",
    },
  },
});
