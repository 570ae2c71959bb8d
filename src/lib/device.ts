import Bowser from "bowser";

/**
 * What a user agent says of itself, for people to recognise their own devices by.
 * @public
 */
export function describeDevice(userAgent: string | null) {
  if (!userAgent) return { device: null, browser: null, os: null };
  const { platform, browser, os } = Bowser.parse(userAgent);
  return {
    device: platform.type ?? null,
    browser: browser.name || null,
    os: os.name ?? null,
  };
}
