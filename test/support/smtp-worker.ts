import { workerSmtpMailer } from "../../src/adapters/mailer-worker-smtp.ts";
import { MailRefused } from "../../src/ports.ts";

/** Sends the mail of its request, for tests on workerd; any other request is answered at once. */
export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === "GET") return new Response("alive");
    const { url, from, mail } = await request.json();
    try {
      await workerSmtpMailer(new URL(url), from).send(mail);
      return Response.json(["sent", ""]);
    } catch (error) {
      return Response.json([error instanceof MailRefused ? "refused" : "later", (error as Error).message]);
    }
  },
};
