/** The table of the scope-life suite: each way of living beside the container that has no events. */
import { medianRatio, medianTime, table } from '../table.mjs';

/** @import { Results } from '../suite.mjs' */

const BASELINE = 'container';

const TITLES = {
  [BASELINE]: 'InversifyJS child container, no events',
  'container-by-hand': 'the same with eventemitter3, by hand',
  carillon: 'carillon',
  'by-hand': 'eventemitter3 by hand, no container',
};

export const SCOPE_CONTENDERS = Object.keys(TITLES);

/** @param {Results} results */
export function scopeTable(results) {
  const baseline = results.get(BASELINE)?.get('dispose') ?? [];
  const rows = Object.entries(TITLES).flatMap(([name, title]) =>
    [...(results.get(name) ?? [])].map(([end, times]) => [
      end === 'dispose' ? title : `${title}, \`await [Symbol.asyncDispose]()\``,
      medianTime(times),
      medianRatio(times, baseline),
    ]),
  );
  return table(['one life', 'time', 'ratio'], rows);
}
