/** Several that are told as one: each pair passes on to both. */

/** Passes on to two of a kind, each of which may be a pair itself. */
export interface Pair<T> {
  readonly first: T;
  readonly second: T;
}

/** What is left of them without one; they go in any order. */
export function without<T>(
  all: T | undefined,
  gone: T,
  Both: new (first: T, second: T) => T & Pair<T>,
): T | undefined {
  if (all === gone) return undefined;
  if (!(all instanceof Both)) return all;
  const [first, second] = [without(all.first, gone, Both), without(all.second, gone, Both)];
  if (first === undefined || second === undefined) return first ?? second;
  return new Both(first, second);
}
