/** Writes signs beyond ASCII as escapes: one of them in a file, and V8 keeps, and reads, all of the file at two bytes a sign. */

/** @import { Plugin } from 'rolldown' */

const BEYOND = /[^\p{ASCII}]/gv;

/**
 * They are in strings only, where an escape means the same.
 *
 * @type {Plugin}
 */
export const asciiText = {
  name: 'ascii-text',
  renderChunk: (code) => ({ code: code.replace(BEYOND, escaped), map: null }),
};

/** @param {string} sign */
function escaped(sign) {
  const units = Array.from({ length: sign.length }, (_, index) => sign.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
