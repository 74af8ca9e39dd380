/** Tables of suites whose cases come in pairs, beside few and beside many: whether a cost grows with what has nothing to do with it. */
import { medianRatio, medianTime, table } from './table.mjs';

/** @import { Results } from './suite.mjs' */

/**
 * @param {string} subject what stands above the rows
 * @param {Readonly<Record<string, string>>} titles of the contenders
 * @param {readonly (readonly [few: string, many: string])[]} pairs names of cases
 */
export function growthTable(subject, titles, pairs) {
  return (/** @type {Results} */ results) => {
    const rows = Object.entries(titles).map(([name, title]) => {
      const cases = results.get(name);
      const cells = pairs.flatMap(([few, many]) => {
        const [fewTimes = [], manyTimes = []] = [cases?.get(few), cases?.get(many)];
        return [
          medianTime(fewTimes),
          `${medianTime(manyTimes)} (${medianRatio(manyTimes, fewTimes)})`,
        ];
      });
      return [title, ...cells];
    });
    return table([subject, ...pairs.flat()], rows);
  };
}
