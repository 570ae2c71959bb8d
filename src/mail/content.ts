import type { MailTemplate } from "../ports.ts";

/**
 * What one mail says. It has no field for a name or any other text that a user typed: a mail that
 * strangers can cause must not carry their words.
 * @public
 */
export type MailContent = {
  readonly template: MailTemplate;
  /** Where the button leads: the page that acts, or for a notice the page that lists sessions. */
  readonly link: string;
  /** Eight digits. */
  readonly code: string | null;
  readonly expiresInSeconds: number | null;
  /** Of the act that the mail reports, each ready to be read. */
  readonly details: {
    readonly device: string | null;
    readonly ip: string | null;
    readonly time: string | null;
    /** Recovery codes that are not used yet. */
    readonly codesLeft?: string | null;
  } | null;
};
