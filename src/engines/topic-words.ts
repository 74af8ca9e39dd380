/** Topics in the words of engines that have signs of their own. */

/** Replaces each sign that matches by `%` and the hexadecimal code of its bytes; `%` itself as well. */
export function escapeWord(word: string, signs: RegExp): string {
  return word.replace(
    signs,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
