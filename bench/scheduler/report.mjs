/** The table of the scheduler suite: each way to keep timers beside the clock of the library. */
import { medianRatio, medianTime, table } from '../table.mjs';

/** @import { Results } from '../suite.mjs' */

const BASELINE = 'heap';

const TITLES = {
  empty: 'the same clock, no sleepers',
  [BASELINE]: 'heap of four (carillon)',
  wheel: 'hierarchical timer wheel',
  polled: 'list, asked in every tick',
};

export const CLOCKS = Object.keys(TITLES);

/** @param {Results} results */
export function clockTable(results) {
  const baseline = results.get(BASELINE) ?? new Map();
  const rows = Object.entries(TITLES).map(([name, title]) => [
    title,
    ...[...baseline].map(([subject, own]) => {
      const times = results.get(name)?.get(subject);
      return times === undefined ? '' : `${medianTime(times)} (${medianRatio(times, own)})`;
    }),
  ]);
  return table(['10,000 timers', ...baseline.keys()], rows);
}
