/** The tables of the shapes: each row beside its yardstick, in code with thirty handler classes and in code with three. */
import { median } from '../measure.mjs';
import { table } from '../table.mjs';

/** @import { Results } from '../suite.mjs' */

const CLASS_COUNTS = [30, 3];

/** Each group has its yardstick first. */
const GROUPS = [
  {
    nanoevents: 'nanoevents',
    'nanoevents-built': 'nanoevents, handlers built by a container',
    class: 'carillon, class',
    token: 'carillon, token',
    topic: 'carillon, topic',
    function: 'carillon, functions, class',
    tseep: 'tseep',
    eventemitter3: 'eventemitter3',
    'node-events': 'node:events',
    mitt: 'mitt',
    eventemitter2: 'eventemitter2',
    rxjs: 'RxJS Subject',
  },
  { class: 'carillon, class', delivery: 'carillon, with the delivery' },
  {
    'eventemitter3-fire': 'eventemitter3, asynchronous, nobody waits',
    fire: 'carillon, asynchronous, nobody waits',
  },
  { 'promise-all': '`await Promise.all(…)`', 'emit-async': 'carillon, `await emitAsync`' },
  { 'awaited-emit': 'carillon, `await emit`', subscribe: 'carillon, `await publish`' },
];

const NAMES = [...new Set(GROUPS.flatMap((group) => Object.keys(group)))];

export const SHAPES = CLASS_COUNTS.flatMap((count) => NAMES.map((name) => `${name} ${count}`));

/** @param {Results} results */
export function shapesTable(results) {
  return CLASS_COUNTS.map(
    (count) => `${count} handler classes:\n\n${tableOf(results, count)}`,
  ).join('\n\n');
}

/**
 * @param {Results} results
 * @param {number} classCount
 */
function tableOf(results, classCount) {
  const cases = [...(results.get(`nanoevents ${classCount}`) ?? new Map()).keys()];
  const rows = GROUPS.flatMap((group) => {
    const names = Object.entries(group);
    const yardstick = results.get(`${names[0]?.[0]} ${classCount}`);
    return names.map(([name, title]) => {
      const times = results.get(`${name} ${classCount}`);
      return [title, ...cases.map((each) => cell(times?.get(each), yardstick?.get(each)))];
    });
  });
  return table(['emitters × handlers', ...cases], rows);
}

/**
 * The least time, which other work of the machine cannot have added to; and the ratios of the least and of the median.
 *
 * @param {readonly number[] | undefined} times
 * @param {readonly number[] | undefined} yardstick
 */
function cell(times, yardstick) {
  if (times === undefined || yardstick === undefined) return '';
  const least = Math.min(...times) / Math.min(...yardstick);
  const middle = median(times) / median(yardstick);
  return `${Math.min(...times).toFixed(1)} ns (${least.toFixed(2)}, ${middle.toFixed(2)})`;
}
