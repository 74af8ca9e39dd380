/** The process of one contender: measures a round of one of its cases each time it is asked to. */
import { Stopwatch } from './measure.mjs';

const [suite, contender] = process.argv.slice(2);
const { createCases } = await import(`./${suite}/cases.mjs`);

/** @type {Map<string, Stopwatch>} */
const stopwatches = new Map();
for (const subject of await createCases(contender))
  stopwatches.set(subject.name, new Stopwatch(subject));

process.on(
  'message',
  async (/** @type {{ name: string, milliseconds: number }} */ { name, milliseconds }) => {
    const stopwatch = /** @type {Stopwatch} */ (stopwatches.get(name));
    process.send?.(await stopwatch.round(milliseconds));
  },
);
process.send?.([...stopwatches.keys()]);
