/** The table of the emit-async suite. */
import { medianRatio, medianTime, table } from '../table.mjs';

/** @import { Results } from '../suite.mjs' */

const BASELINE = 'promise-all';

const TITLES = {
  [BASELINE]: '`Promise.all` of the ten calls',
  carillon: 'carillon, `await emitAsync`',
  emittery: 'emittery, `await emit`',
};

export const ASYNC_EMITTERS = Object.keys(TITLES);

/** @param {Results} results */
export function asyncTable(results) {
  const baseline = results.get(BASELINE)?.get('send and wait') ?? [];
  const rows = Object.entries(TITLES).map(([name, title]) => {
    const times = results.get(name)?.get('send and wait') ?? [];
    return [title, medianTime(times), medianRatio(times, baseline)];
  });
  return table(['ten asynchronous handlers', 'time', 'ratio'], rows);
}
