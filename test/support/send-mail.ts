import { nodemailerMailer } from "../../src/adapters/mailer-nodemailer.ts";
import type { Mail } from "../../src/ports.ts";

/** Sends the mail of its second argument to the server of its first, for tests of other runtimes. */
const [url = "", mail = ""] = process.argv.slice(2);
const from = { name: undefined, address: "no-reply@acme.example" };
await nodemailerMailer(new URL(url), from).send(JSON.parse(mail) as Mail);
