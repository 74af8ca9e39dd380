/** Names with signs that have a meaning for engines: each is taken as it is, or refused by a code. */

/** As many characters as a name may have. In UTF-8, which engines count in, they may be three times as many bytes. */
const LONG_NAMES: readonly string[] = [
  'x'.repeat(255),
  ':'.repeat(255),
  '%'.repeat(255),
  '鐘'.repeat(255),
];

/** Of groups, ids and keys. */
export const ODD_NAMES: readonly string[] = [
  'a b',
  'a.b',
  'a:b',
  'a/b',
  'a\\b',
  'a*b',
  '>',
  '#',
  '$',
  '%',
  '%41',
  'a%20b',
  "a'b",
  'a"b',
  'a_b',
  'A_B',
  '{a}',
  'größe',
  '鐘',
  '🔔',
  'a\tb',
  'a\r\nb',
  '\u0001',
  'dead',
  ...LONG_NAMES,
];

/** Of queues. */
export const ODD_QUEUES: readonly string[] = [
  'a.b c',
  'a:b/*>#',
  '%41',
  '"größe"\r\n\u0001🔔',
  'dead',
  'x'.repeat(150),
  '鐘'.repeat(60),
  'x'.repeat(255),
];

/** Of topics; without those that a topic cannot be. */
export const ODD_TOPICS: readonly string[] = [
  ...ODD_NAMES.filter((name) => !/[*]|^[#>]$/.test(name)),
  'a.b.c',
  'c++.a#.#b.->.##',
  `a${'.a'.repeat(127)}`,
  'constructor',
  '__proto__',
];

/** What no topic is. */
export const NO_TOPICS: readonly string[] = [
  '',
  ' ',
  'a..b',
  '.a',
  'a.',
  'a*',
  '#',
  'a.+',
  'a.>',
  ' a',
  'a\0b',
  'a\uD800',
  'x'.repeat(256),
];

/** What may stand in a message of another program, in the place of an id, a key or any other text. */
export const FOREIGN_TEXTS: readonly string[] = [
  'a\0b',
  'a\uD800',
  ' ',
  "'; --",
  // Not to be compressed into what an index takes.
  Array.from({ length: 3000 }, (_, index) => ((index * 7919) % 46_656).toString(36)).join(''),
];

/** Ids that no message has; some are the names of what an engine keeps beside its messages. */
export const NO_IDS: readonly string[] = [
  '',
  ...FOREIGN_TEXTS,
  '*',
  '>',
  '0',
  '-1',
  ...['active', 'completed', 'delayed', 'events', 'failed', 'id', 'meta', 'prioritized', 'wait'],
];

/** The code of a rejection, or `undefined`. */
export async function codeOf(action: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code ?? 'none';
  }
}
