/** So many of each generation, and no longer ones: some 4 MB where tokens are as long as most of ours, 12 at the most. */
const [most, longest] = [1000, 2048];

/**
 * What was found to be signed, by its token: a client shows the same access token for as long as it lives, and its signature
 * is the dearest part of a small request. The last `most` to twice as many are kept. Only what a key of ours signed comes in, so
 * that a stranger can neither fill it nor push others out.
 */
export function createOpenedTokens<Opened>(): {
  get: (token: string) => Opened | undefined;
  add: (token: string, opened: Opened) => void;
} {
  let [young, old] = [new Map<string, Opened>(), new Map<string, Opened>()];
  const add = (token: string, opened: Opened) => {
    if (token.length > longest) return;
    if (young.size >= most) [young, old] = [new Map(), young];
    young.set(token, opened);
  };
  const get = (token: string) => {
    const opened = young.get(token) ?? old.get(token);
    if (opened !== undefined && !young.has(token)) add(token, opened);
    return opened;
  };
  return { get, add };
}
