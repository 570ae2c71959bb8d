import { randomBytes } from "node:crypto";

export type Reply<T = Record<string, unknown>> = {
  status: number;
  headers: Headers;
  body: T;
  text: string;
};

export type Options = {
  json?: unknown;
  form?: Record<string, string>;
  raw?: BodyInit;
  token?: string | undefined;
  headers?: Record<string, string>;
  ip?: string;
};

export type Tokens = {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  refresh_expires_in: number;
};
export type Account = Tokens & {
  email: string;
  password: string;
  user: { id: string; email: string; roles: string[] };
};

export type Mail = {
  id: string;
  to: string;
  subject: string;
  template: string;
  text: string;
  html: string;
  link: string;
  token: string;
  code: string;
  created_at: string;
};

export type Client = ReturnType<typeof createClient>;

type Send = (request: Request, ip: string) => Response | Promise<Response>;

export const goodPassword = "Correct-horse-7";

let addresses = 0;

/** An address no other call of this process has had, so that throttles of tests do not meet. */
export function freshIp(): string {
  addresses++;
  return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`;
}

export function freshEmail(): string {
  return `u${randomBytes(8).toString("hex")}@example.com`;
}

/** A body that is made as it is sent must be announced as one. */
const streamed = (body: BodyInit | null) => (body instanceof ReadableStream ? { duplex: "half" } : {});

/** Speaks the API to whatever `send` reaches. */
export function createClient(send: Send, origin = "http://localhost:8787") {
  async function call<T = Record<string, unknown>>(
    method: string,
    path: string,
    options: Options = {},
  ): Promise<Reply<T>> {
    const headers = new Headers(options.headers);
    let body = options.raw ?? null;
    if (options.json !== undefined) {
      headers.set("content-type", "application/json");
      body = JSON.stringify(options.json);
    }
    if (options.form) body = new URLSearchParams(options.form);
    if (options.token !== undefined) headers.set("authorization", `Bearer ${options.token}`);
    const url = `${origin}${path.startsWith("/") ? path : `/api/v1/${path}`}`;
    const reply = await send(
      new Request(url, { method, headers, body, redirect: "manual", ...streamed(body) }),
      options.ip ?? freshIp(),
    );
    const text = await reply.text();
    const isJson = /\bjson/.test(reply.headers.get("content-type") ?? "");
    return {
      status: reply.status,
      headers: reply.headers,
      body: (isJson ? JSON.parse(text) : {}) as T,
      text,
    };
  }

  async function signUp(
    overrides: Partial<{ email: string; password: string; name: string; ip: string }> = {},
  ): Promise<Account> {
    const { ip = freshIp(), ...fields } = overrides;
    const input = { email: freshEmail(), password: goodPassword, ...fields };
    const reply = await call<Account>("POST", "auth/signup", { json: input, ip });
    if (reply.status !== 201) throw new Error(`signup answered ${reply.status}: ${reply.text}`);
    return { ...reply.body, email: input.email, password: input.password };
  }

  const logIn = (email: string, password = goodPassword, ip = freshIp()) =>
    call<Tokens>("POST", "auth/login", { json: { email, password }, ip });

  const refresh = (token: string) => call<Tokens>("POST", "auth/refresh", { json: { refresh_token: token } });

  /** Has all that is due delivered, and answers the mails to an address, newest first. */
  async function mailsTo(email: string): Promise<Mail[]> {
    await call("POST", "/dev/outbox/drain");
    const headers = { accept: "application/json" };
    const reply = await call<{ data: Mail[] }>("GET", `/dev/mail?to=${encodeURIComponent(email)}`, {
      headers,
    });
    if (reply.status !== 200) throw new Error(`/dev/mail answered ${reply.status}: ${reply.text}`);
    return reply.body.data;
  }

  /** The newest mail of a template to an address. */
  async function mailTo(email: string, template: string): Promise<Mail> {
    const mails = await mailsTo(email);
    const mail = mails.find((each) => each.template === template);
    if (!mail) throw new Error(`no ${template} to ${email} among: ${mails.map((each) => each.template)}`);
    return mail;
  }

  return { call, signUp, logIn, refresh, mailsTo, mailTo };
}
