import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    title: "Sign in by mail",
    about: "We mail you a code and a link. No password needed.",
    email: "Email address",
    send: "Send the code",
    sent: "If this address has an account, a mail is on its way. Type its code here, or open its link in this browser.",
    code: "Code from the mail",
    signIn: "Sign in",
    here: "The link is right. Press the button to sign in.",
    elsewhere: "This link was asked for in another browser. It signs you in there alone, by this code:",
    reveal: "Show the code for the other browser",
    giveNobody: "Give it to nobody, whoever asks for it.",
    another: "Have another mail sent",
    back: "Back to the sign-in",
  },
  de: {
    title: "Anmelden per E-Mail",
    about: "Wir senden Ihnen einen Code und einen Link. Ohne Passwort.",
    email: "E-Mail-Adresse",
    send: "Code senden",
    sent: "Gibt es zu dieser Adresse ein Konto, ist eine Nachricht unterwegs. Geben Sie den Code hier ein, oder öffnen Sie den Link in diesem Browser.",
    code: "Code aus der Nachricht",
    signIn: "Anmelden",
    here: "Der Link stimmt. Drücken Sie den Knopf, um sich anzumelden.",
    elsewhere:
      "Dieser Link wurde in einem anderen Browser angefordert. Nur dort meldet er Sie an, mit diesem Code:",
    reveal: "Code für den anderen Browser zeigen",
    giveNobody: "Geben Sie ihn niemandem, wer auch danach fragt.",
    another: "Eine andere Nachricht senden lassen",
    back: "Zurück zur Anmeldung",
  },
});
