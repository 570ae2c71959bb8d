import type { Client, Options, Reply } from "../support/client.ts";
import type { MadeRequest } from "./made-request.ts";

/** A request as one would ask it again by hand. */
export function asCurl({ method, path, headers, body }: MadeRequest, token?: string): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const all = Object.entries({
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...headers,
  });
  const lines = all.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  if (typeof body === "string") lines.push(`--data-binary ${quoted(body)}`);
  else if (body) lines.push(`--data-binary @<(base64 -d <<< ${Buffer.from(body).toString("base64")})`);
  return [`curl -i -X ${method.toUpperCase()} ${quoted(`$BASE${path}`)}`, ...lines].join(" \\\n  ");
}

/** Sends a made-up request; a body of no type goes out as bytes, which `fetch` gives none. */
export function send(
  client: Pick<Client, "call">,
  made: MadeRequest,
  token?: string,
): Promise<Reply<unknown>> {
  const { method, path, headers, body } = made;
  const raw = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const options: Options = {
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
  };
  if (raw !== undefined) options.raw = raw;
  return client.call(method.toUpperCase(), path, options);
}
