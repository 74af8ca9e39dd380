/** Source maps that know the line, and not the column: the sources are not in the package, so there is nothing to show a column in. */
import { decode, encode } from '@jridgewell/sourcemap-codec';

/** @import { Plugin } from 'rolldown' */

/**
 * They make the package a sixth smaller.
 *
 * @type {Plugin}
 */
export const lineMaps = {
  name: 'line-maps',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'asset' || !file.fileName.endsWith('.map')) continue;
      const map = JSON.parse(String(file.source));
      file.source = JSON.stringify({ ...map, names: [], mappings: byLine(map.mappings) });
    }
  },
};

/** @param {string} mappings */
function byLine(mappings) {
  return encode(
    decode(mappings).map((segments) => {
      const [, source, line] = segments.find(({ length }) => length > 1) ?? [];
      return source === undefined || line === undefined ? [] : [[0, source, line, 0]];
    }),
  );
}
