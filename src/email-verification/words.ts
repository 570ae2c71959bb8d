import { dictionary } from "../ui/words.ts";

export const words = dictionary({
  en: {
    verify: {
      title: "Confirm your email address",
      signedIn: "Press the button to confirm that this address is yours.",
      confirm: "Confirm this address",
      byPassword: "Confirm with the password of the account that uses this address.",
      password: "Password",
      notMine: "I did not make this account, or do not know its password",
      takeOver:
        "Choose a password, and the account is yours. What was set up in it before is deleted: its password, sessions, factors and keys.",
      newPassword: "New password",
      claim: "Take the account over",
      sent: "If the address waits to be confirmed, a mail is on its way. Type its code here, or open its link.",
      code: "Code from the mail",
      resend: "We mail you a link and a code.",
      email: "Email address",
      send: "Send the mail",
      another: "Have another mail sent",
    },
    change: {
      title: "Change your address",
      email: "New email address",
      password: "Password",
      none: "Leave it empty if your account has no password.",
      about: "We mail a link there. The address changes once you have confirmed it, and the old one is told.",
      submit: "Send the link",
    },
  },
  de: {
    verify: {
      title: "E-Mail-Adresse bestätigen",
      signedIn: "Drücken Sie den Knopf, um zu bestätigen, dass diese Adresse Ihre ist.",
      confirm: "Adresse bestätigen",
      byPassword: "Bestätigen Sie mit dem Passwort des Kontos, das diese Adresse nutzt.",
      password: "Passwort",
      notMine: "Ich habe dieses Konto nicht angelegt oder kenne sein Passwort nicht",
      takeOver:
        "Wählen Sie ein Passwort, und das Konto gehört Ihnen. Was vorher darin eingerichtet war, wird gelöscht: Passwort, Sitzungen, Faktoren und Schlüssel.",
      newPassword: "Neues Passwort",
      claim: "Konto übernehmen",
      sent: "Wartet die Adresse auf ihre Bestätigung, ist eine Nachricht unterwegs. Geben Sie den Code hier ein, oder öffnen Sie den Link.",
      code: "Code aus der Nachricht",
      resend: "Wir senden Ihnen einen Link und einen Code.",
      email: "E-Mail-Adresse",
      send: "Nachricht senden",
      another: "Eine andere Nachricht senden lassen",
    },
    change: {
      title: "Adresse ändern",
      email: "Neue E-Mail-Adresse",
      password: "Passwort",
      none: "Leer lassen, wenn Ihr Konto kein Passwort hat.",
      about:
        "Wir senden einen Link dorthin. Die Adresse ändert sich, sobald Sie sie bestätigt haben; die alte erfährt davon.",
      submit: "Link senden",
    },
  },
});
