/** Words of topics for engines that reserve characters of their own. */

/** Replaces each matching character by `%` and its code in hexadecimal; `reserved` has to match `%` too. */
export function escapeWord(word: string, reserved: RegExp): string {
  return word.replace(
    reserved,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
