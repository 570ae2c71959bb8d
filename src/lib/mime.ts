export type Mailbox = { readonly name: string | undefined; readonly address: string };

export type Message = {
  readonly from: Mailbox;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly date: Date;
  /** Further fields, `Message-ID` among them, in printable ASCII. */
  readonly fields: Readonly<Record<string, string>>;
  /** A word that tells this message from others, for the line between its parts. */
  readonly id: string;
};

/**
 * A message of a text and an HTML alternative, in 7-bit lines of at most 76 characters, none of
 * which begins with a dot, so that SMTP passes it on as it is (RFC 5322, RFC 2045, RFC 2046 §5.1.4).
 * @public
 */
export function formatMessage({ from, to, subject, text, html, date, fields, id }: Message): string {
  // "=_" occurs in no quoted-printable text (RFC 2045 §6.7).
  const boundary = `=_${id}`;
  const head = {
    From: from.name === undefined ? from.address : `${formatName(from.name)} <${from.address}>`,
    To: to,
    Subject: encodeWords(subject),
    Date: date.toUTCString().replace("GMT", "+0000"),
    ...fields,
    "MIME-Version": "1.0",
    "Content-Type": `multipart/alternative;\r\n boundary="${boundary}"`,
  };
  const part = (type: string, body: string) => [
    `--${boundary}`,
    `Content-Type: text/${type}; charset=utf-8`,
    "Content-Transfer-Encoding: quoted-printable",
    "",
    encodeQuotedPrintable(body),
  ];
  return [
    ...Object.entries(head).map(([name, value]) => `${name}: ${value}`),
    "",
    ...part("plain", text),
    ...part("html", html),
    `--${boundary}--`,
    "",
  ].join("\r\n");
}

/** A quoted string, or encoded words, which may not stand in quotes (RFC 2047 §5). */
function formatName(name: string): string {
  return isPrintableAscii(name) ? `"${name.replace(/[\\"]/g, "\\$&")}"` : encodeWords(name);
}

function isPrintableAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** RFC 2047 §2: words of at most 75 characters, each of whole code points. */
function encodeWords(text: string): string {
  if (isPrintableAscii(text)) return text;
  const words = [""];
  for (const char of text) {
    const word = words.at(-1) + char;
    if (utf8(word).length <= 45) words[words.length - 1] = word;
    else words.push(char);
  }
  return words.map((word) => `=?utf-8?B?${btoa(String.fromCharCode(...utf8(word)))}?=`).join("\r\n ");
}

/** RFC 2045 §6.7. */
function encodeQuotedPrintable(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map(encodeLine)
    .join("\r\n");
}

function encodeLine(line: string): string {
  const bytes = utf8(line);
  let column = 0;
  let encoded = "";
  for (const [index, byte] of bytes.entries()) {
    const isLast = index === bytes.length - 1;
    const wrap = column + 3 > 75;
    if (wrap) {
      encoded += "=\r\n";
      column = 0;
    }
    const literal = isLiteral(byte, isLast) && !(byte === 0x2e && column === 0);
    const token = literal
      ? String.fromCharCode(byte)
      : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    encoded += token;
    column += token.length;
  }
  return encoded;
}

function isLiteral(byte: number, isLast: boolean): boolean {
  if (byte === 0x20) return !isLast;
  return byte > 0x20 && byte < 0x7f && byte !== 0x3d;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
