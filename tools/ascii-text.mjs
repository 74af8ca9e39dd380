/** Writes signs beyond ASCII as escapes: one of them in a file, and V8 keeps, and reads, all of the file at two bytes a sign. */

/** @import { Plugin } from 'rolldown' */

const BEYOND = /[^\p{ASCII}]/gv;

/**
 * They are in strings only, where an escape means the same. Last of all: whoever shortens code writes the sign again.
 *
 * @type {Plugin}
 */
export const asciiText = {
  name: 'ascii-text',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle))
      if (file.type === 'chunk') file.code = file.code.replace(BEYOND, escaped);
  },
};

/** @param {string} sign */
function escaped(sign) {
  const units = Array.from({ length: sign.length }, (_, index) => sign.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
