import Bowser from "bowser";

/**
 * What a user agent says of itself, for people to recognise their own devices by.
 * @public
 */
export function describeDevice(userAgent: string | null) {
  if (!userAgent) return { device: null, browser: null, os: null };
  const { platform, browser, os } = Bowser.parse(userAgent);
  // Of an agent it does not know Bowser repeats the words: those are a stranger's, and go into mail.
  const known = (names: Record<string, string>, name: string | undefined) =>
    Object.values(names).find((each) => each === name) ?? null;
  return {
    device: platform.type ?? null,
    browser: known(Bowser.BROWSER_MAP, browser.name),
    os: known(Bowser.OS_MAP, os.name),
  };
}
