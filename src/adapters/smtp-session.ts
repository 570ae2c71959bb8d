import type { SmtpEndpoint } from "./smtp-endpoint.ts";
import { smtpRefusal } from "./smtp-refusal.ts";

/** A TCP connection as `cloudflare:sockets` gives it. */
export type TcpSocket = {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  startTls(): TcpSocket;
  close(): Promise<void>;
};

export type Connect = (
  address: { hostname: string; port: number },
  options: { secureTransport: "on" | "starttls"; allowHalfOpen: boolean },
) => TcpSocket;

/** `data` is a whole message in CRLF lines, none of which begins with a dot. */
export type Envelope = { readonly from: string; readonly to: string; readonly data: string };

type Reply = { readonly code: number; readonly text: string };

const timeoutMs = 60_000;
const longestReply = 65_536;

/**
 * Hands one message to a server and leaves (RFC 5321 §3.3).
 * @throws MailRefused when the recipient or the message is refused for good; any other error when
 * another attempt may fare better, which includes everything the server does not answer in 60 s.
 */
export async function deliver(connect: Connect, endpoint: SmtpEndpoint, envelope: Envelope): Promise<void> {
  const { host, port, implicitTls } = endpoint;
  const hostname = host.includes(":") ? `[${host}]` : host;
  const secureTransport = implicitTls ? "on" : "starttls";
  const line = openLine(connect({ hostname, port }, { secureTransport, allowHalfOpen: false }));
  const timer = setTimeout(() => line.abandon(), timeoutMs);
  try {
    await converse(line, endpoint, envelope);
    // The message is accepted: how the farewell goes changes nothing.
    await line.write("QUIT").catch(() => undefined);
  } finally {
    clearTimeout(timer);
    line.abandon();
  }
}

async function converse(line: Line, endpoint: SmtpEndpoint, { from, to, data }: Envelope): Promise<void> {
  const say = async (command: string, text: string, expected: number) => {
    await line.write(text);
    return expect(command, await line.read(), expected);
  };
  const greet = () => say("EHLO", `EHLO ${from.split("@").at(-1)}`, 2);
  expect("", await line.read(), 2);
  let offers = await greet();
  if (endpoint.requireStartTls) {
    if (!/^250[ -]STARTTLS\s*$/im.test(offers)) throw new Error("SMTP no STARTTLS offered");
    await say("STARTTLS", "STARTTLS", 2);
    line.upgrade();
    // RFC 3207 §4.2: what was said before does not count.
    offers = await greet();
  }
  if (endpoint.credentials) await logIn(say, offers, endpoint.credentials);
  await say("MAIL FROM", `MAIL FROM:<${from}>`, 2);
  await say("RCPT TO", `RCPT TO:<${to}>`, 2);
  await say("DATA", "DATA", 3);
  await say("DATA", `${data}.`, 2);
}

type Say = (command: string, text: string, expected: number) => Promise<string>;

/** RFC 4616, and LOGIN for the servers that know nothing else. */
async function logIn(say: Say, offers: string, { user, password }: { user: string; password: string }) {
  const mechanisms = /^250[ -]AUTH[ =](.*)$/im.exec(offers)?.[1]?.toUpperCase().trim().split(/\s+/) ?? [];
  if (mechanisms.includes("PLAIN")) await say("AUTH", `AUTH PLAIN ${base64(`\0${user}\0${password}`)}`, 2);
  else if (mechanisms.includes("LOGIN")) {
    await say("AUTH", "AUTH LOGIN", 3);
    await say("AUTH", base64(user), 3);
    await say("AUTH", base64(password), 2);
  } else throw new Error("SMTP no AUTH PLAIN or LOGIN offered");
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function expect(command: string, { code, text }: Reply, expected: number): string {
  if (Math.floor(code / 100) !== expected) throw smtpRefusal({ command, code, text });
  return text;
}

type Line = ReturnType<typeof openLine>;

/** The socket as lines out and replies in. */
function openLine(opened: TcpSocket) {
  let socket = opened;
  let reader = socket.readable.getReader();
  let writer = socket.writable.getWriter();
  let received = "";
  const decoder = new TextDecoder();

  /** All lines of one reply (RFC 5321 §4.2.1: the last has a space after its code). */
  const read = async (): Promise<Reply> => {
    for (;;) {
      const [text] = /^(?:\d{3}-.*\r?\n)*\d{3}(?: .*)?\r?\n/.exec(received) ?? [];
      if (text !== undefined) {
        received = received.slice(text.length);
        return { code: Number(text.slice(0, 3)), text };
      }
      const { value, done } = await reader.read();
      if (done || received.length > longestReply) throw new Error("SMTP the connection ended");
      received += decoder.decode(value, { stream: true });
    }
  };
  const write = (text: string) => writer.write(new TextEncoder().encode(`${text}\r\n`));
  const upgrade = () => {
    // CVE-2011-0411: text slipped in before TLS must not count as said under it.
    if (received !== "") throw new Error("SMTP text after STARTTLS");
    reader.releaseLock();
    writer.releaseLock();
    socket = socket.startTls();
    reader = socket.readable.getReader();
    writer = socket.writable.getWriter();
  };
  /** Ends whatever still waits, too. */
  const abandon = () => {
    reader.cancel().catch(() => undefined);
    writer.abort().catch(() => undefined);
    socket.close().catch(() => undefined);
  };
  return { read, write, upgrade, abandon };
}
