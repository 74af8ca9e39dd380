/** The table of the tasks suite: the tasks of the library beside a list of generators. */
import { medianRatio, medianTime, table } from '../table.mjs';

/** @import { Results } from '../suite.mjs' */

const BASELINE = 'by-hand';

const TITLES = {
  [BASELINE]: 'list of generators, written by hand',
  carillon: 'carillon',
};

export const TASK_RUNNERS = Object.keys(TITLES);

/** @param {Results} results */
export function taskTable(results) {
  const baseline = results.get(BASELINE) ?? new Map();
  const rows = Object.entries(TITLES).map(([name, title]) => [
    title,
    ...[...(results.get(name) ?? [])].map(
      ([subject, times]) => `${medianTime(times)} (${medianRatio(times, baseline.get(subject))})`,
    ),
  ]);
  return table(['one step of one task', ...baseline.keys()], rows);
}
