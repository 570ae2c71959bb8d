import { base64url } from "jose";

/**
 * Whether client data comes from a page of ours itself and not from a frame in another's (WebAuthn Level 3 §5.8.1,
 * §13.4.9): the library lets `crossOrigin` pass.
 * @throws for what is no client data.
 */
export function isFromTopLevel(clientDataJson: string): boolean {
  const data = JSON.parse(new TextDecoder().decode(base64url.decode(clientDataJson))) as {
    crossOrigin?: unknown;
    topOrigin?: unknown;
  };
  return (data.crossOrigin ?? false) === false && data.topOrigin === undefined;
}
