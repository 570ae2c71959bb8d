import { readableOn } from "../lib/contrast.ts";
import type { Parts } from "./compose.ts";

const font = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/**
 * The one layout of every mail. It sets no colours but the button's, so that a client's dark mode
 * has nothing to fight; styles are inline because clients drop sheets; nothing is loaded from anywhere.
 */
export function MailLayout({ parts, accentColor }: { parts: Parts; accentColor: string }) {
  const { product, subject, paragraphs, button, link, code, details, closing } = parts;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        {/* So that a phone does not make a call of the code. */}
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no" />
        <title>{subject}</title>
      </head>
      <body style={`margin:0;padding:24px 16px;font-size:16px;line-height:1.5;${font}`}>
        <div style="max-width:560px;margin:0 auto">
          <p style="margin:0 0 24px;font-weight:600">{product}</p>
          {paragraphs.map((text) => (
            <p style="margin:0 0 16px">{text}</p>
          ))}
          <p style="margin:24px 0 8px">
            <a href={link} style={buttonStyle(accentColor)}>
              {button}
            </a>
          </p>
          <p style="margin:0 0 16px;font-size:14px;word-break:break-all">
            Or open this link: <a href={link}>{link}</a>
          </p>
          {code && (
            <p style="margin:24px 0 16px">
              Or type this code:
              <br />
              <span style="font-family:ui-monospace,Menlo,Consolas,monospace;font-size:28px;letter-spacing:2px">
                {code}
              </span>
            </p>
          )}
          {details.length > 0 && (
            <p style="margin:24px 0 16px">
              {details.map((line) => (
                <>
                  {line}
                  <br />
                </>
              ))}
            </p>
          )}
          {closing.map((text) => (
            <p style="margin:0 0 16px">{text}</p>
          ))}
          <p style="margin:32px 0 0;font-size:13px">Sent by {product}. Nobody reads replies to this mail.</p>
        </div>
      </body>
    </html>
  );
}

function buttonStyle(accentColor: string): string {
  const color = readableOn(accentColor);
  return `display:inline-block;padding:12px 24px;border-radius:6px;font-weight:600;text-decoration:none;background-color:${accentColor};color:${color}`;
}
