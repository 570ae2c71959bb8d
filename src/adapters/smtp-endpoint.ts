import { isLoopbackHost } from "../lib/network.ts";

export type SmtpEndpoint = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (RFC 8314 §3). */
  readonly implicitTls: boolean;
  /**
   * Without implicit TLS the session is upgraded or given up: a server, or whoever stands in its
   * place, that offers no STARTTLS gets neither the password nor the mail. Only on this machine is
   * there nobody in between.
   */
  readonly requireStartTls: boolean;
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
};

/** `smtps://user:password@host:465` or `smtp://user:password@host:587`, the parts percent-encoded. */
export function parseSmtpUrl(url: URL): SmtpEndpoint {
  const implicitTls = url.protocol === "smtps:";
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (implicitTls ? 465 : 587),
    implicitTls,
    requireStartTls: !implicitTls && !isLoopbackHost(url.hostname),
    credentials: url.username ? { user: decode(url.username), password: decode(url.password) } : undefined,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a bare % in a password that nobody encoded
  }
}
