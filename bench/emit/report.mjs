/** The table of the emit suite: each library beside the loop that is written by hand. */
import { medianDifference, medianRatio, medianTime, table } from '../table.mjs';

/** @import { Results } from '../suite.mjs' */

const BASELINE = 'hand-written';

const TITLES = {
  [BASELINE]: 'loop written by hand',
  carillon: 'carillon',
  'carillon-watched': 'carillon, observe and opentelemetry loaded',
  'node-events': 'node:events',
  eventemitter3: 'eventemitter3',
  eventemitter2: 'eventemitter2',
  mitt: 'mitt',
  tseep: 'tseep',
  nanoevents: 'nanoevents',
  rxjs: 'RxJS Subject',
  'carillon-async': 'carillon, `await emitAsync`',
  emittery: 'emittery, `await emit`',
};

export const EMIT_LIBRARIES = Object.keys(TITLES);

/** @param {Results} results */
export function emitTable(results) {
  const baseline = results.get(BASELINE) ?? new Map();
  const rows = Object.entries(TITLES).map(([name, title]) => [
    title,
    ...[...(results.get(name) ?? [])].map(([count, times]) =>
      cell(count, times, baseline.get(count)),
    ),
  ]);
  return table(['handlers', ...baseline.keys()], rows);
}

/**
 * @param {string} count
 * @param {readonly number[]} times
 * @param {readonly number[]} baseline
 */
function cell(count, times, baseline) {
  // An empty call takes next to nothing: a ratio to it would say nothing.
  const compared = count === '0' ? medianDifference(times, baseline) : medianRatio(times, baseline);
  return `${medianTime(times)} (${compared})`;
}
