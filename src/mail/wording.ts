import type { MailTemplate } from "../ports.ts";

export type Wording = {
  readonly subject: string;
  /** What was asked or what happened, and what to do. */
  readonly paragraphs: readonly string[];
  readonly button: string;
  readonly ifNotYou: string;
};

const endSessions =
  "If this was not you, end the sessions you do not know with the button above, then set a new password.";
const ignoreIt = "If you did not ask for this, ignore this mail: nothing happens.";

/** Every mail there is. To add one, add its row here and its name to `MailTemplate`. */
export const wordings: Record<MailTemplate, (product: string) => Wording> = {
  verify_email: (product) => ({
    subject: `Confirm your email address for ${product}`,
    paragraphs: [
      `Someone gave this address to ${product}. To confirm that it is yours, follow the link, or type the code where you were asked for it.`,
    ],
    button: "Confirm this address",
    ifNotYou: ignoreIt,
  }),
  magic_link: (product) => ({
    subject: `Sign in to ${product}`,
    paragraphs: [
      `You asked to sign in to ${product}. The link works only in the browser which asked. If you open this mail elsewhere, type the code in that browser instead.`,
    ],
    button: "Sign in",
    ifNotYou: `${ignoreIt} Give the code to nobody, whoever asks for it.`,
  }),
  password_reset: (product) => ({
    subject: `Reset your ${product} password`,
    paragraphs: [
      `Someone asked to reset the password of your ${product} account. To choose a new one, follow the link. Every device will be signed out.`,
    ],
    button: "Choose a new password",
    ifNotYou: "If you did not ask for this, ignore this mail: your password stays as it is.",
  }),
  account_exists: (product) => ({
    subject: `You already have a ${product} account`,
    paragraphs: [
      `Someone tried to sign up for ${product} with this address, which already has an account. No other account was made.`,
      "If it was you, sign in instead. If you forgot your password, you can reset it there.",
    ],
    button: "Sign in",
    ifNotYou: "If it was not you, ignore this mail: your account is as it was.",
  }),
  invitation: (product) => ({
    subject: `You are invited to ${product}`,
    paragraphs: [
      `You are invited to an account at ${product}. To accept, follow the link and choose a password.`,
    ],
    button: "Accept",
    ifNotYou: "If you expected no invitation, ignore this mail.",
  }),
  password_changed: (product) => ({
    subject: `Your ${product} password was changed`,
    paragraphs: [`The password of your ${product} account was changed. If this was you, all is well.`],
    button: "Review your sessions",
    ifNotYou:
      "If this was not you, reset your password at once, then end the sessions you do not know with the button above.",
  }),
  email_changed: (product) => ({
    subject: `The address of your ${product} account was changed`,
    paragraphs: [
      `Your ${product} account now has another email address, and mail will go there. If this was you, all is well.`,
    ],
    button: "Review your sessions",
    ifNotYou: `${endSessions} If you cannot sign in any more, ask those who run ${product} for help.`,
  }),
  new_device: (product) => ({
    subject: `New sign-in to your ${product} account`,
    paragraphs: [
      `Your ${product} account was signed in to from a device it was not used on before. If this was you, all is well.`,
    ],
    button: "Review your sessions",
    ifNotYou: endSessions,
  }),
  session_reuse: (product) => ({
    subject: `A session of your ${product} account was ended`,
    paragraphs: [
      `A sign-in that had been replaced was used again, so ${product} ended that session. This can be a device that lost its connection, or a copied sign-in. If you were signed out, sign in again.`,
    ],
    button: "Review your sessions",
    ifNotYou:
      "If there are sessions you do not know, end them with the button above, then set a new password.",
  }),
  factor_changed: (product) => ({
    subject: `The second step of your ${product} sign-in was changed`,
    paragraphs: [
      `A second step of signing in to your ${product} account was added or removed. If this was you, all is well.`,
    ],
    button: "Review your sessions",
    ifNotYou: endSessions,
  }),
  api_key_created: (product) => ({
    subject: `An API key of your ${product} account was made`,
    paragraphs: [
      `An API key was made for your ${product} account: with it a program can act for you. If this was you, all is well.`,
    ],
    button: "Review your API keys",
    ifNotYou:
      "If this was not you, end the key with the button above, sign out everywhere, then set a new password.",
  }),
  recovery_code_used: (product) => ({
    subject: `A recovery code of your ${product} account was used`,
    paragraphs: [
      `Someone signed in to your ${product} account with one of its recovery codes, which is now spent. If this was you, all is well; make new ones in your account before the last is used.`,
    ],
    button: "Review your sessions",
    ifNotYou: endSessions,
  }),
  impersonated: (product) => ({
    subject: `${product} staff looked at your account`,
    paragraphs: [
      `Someone who runs ${product} acted as you for up to 15 minutes, to help with your account. They cannot see or change your password, and who it was is on record.`,
    ],
    button: "Review your account",
    ifNotYou: `If you did not ask for help, ask those who run ${product} why this was done.`,
  }),
};
