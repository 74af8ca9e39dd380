/** Runs the benchmarks: `--smoke` only proves that they work, `--only NAME` runs one suite, `--write-docs` puts the tables into docs/reports/performance.md. */
import { parseArgs } from 'node:util';
import { machine, writeSections } from './docs-page.mjs';
import { EMIT_LIBRARIES, emitTable } from './emit/report.mjs';
import { ASYNC_EMITTERS, asyncTable } from './emit-async/report.mjs';
import { queueContenders, queueTable } from './queues/report.mjs';
import { CLOCKS, clockTable } from './scheduler/report.mjs';
import { SCOPE_CONTENDERS, scopeTable } from './scope-life/report.mjs';
import { SHAPES, shapesTable } from './shapes/report.mjs';
import { runSuite } from './suite.mjs';
import { TASK_RUNNERS, taskTable } from './tasks/report.mjs';
import { TOPIC_EMITTERS, topicTable } from './topics/report.mjs';
import { UNSUBSCRIBERS, unsubscribeTable } from './unsubscribe/report.mjs';

/** @import { Pace } from './suite.mjs' */

/** @type {Pace} */
const EMIT = { processes: 5, warmups: 4, rounds: 3, milliseconds: 60 };
/**
 * Many cases: each process has short rounds of them.
 *
 * @type {Pace}
 */
const SHAPES_PACE = { processes: 3, warmups: 3, rounds: 5, milliseconds: 20 };
/**
 * Garbage collection is the greater part of a scope's life: a round has to hold enough of it.
 *
 * @type {Pace}
 */
const SCOPE_LIFE = { processes: 3, warmups: 3, rounds: 5, milliseconds: 300 };
/** @type {Pace} */
const SCHEDULER = { processes: 3, warmups: 4, rounds: 5, milliseconds: 60 };
/**
 * What is taken away has to be built before.
 *
 * @type {Pace}
 */
const UNSUBSCRIBE = { processes: 3, warmups: 2, rounds: 5, milliseconds: 5 };
/**
 * A disk and an engine take their time: a round is long enough for thousands of messages.
 *
 * @type {Pace}
 */
const QUEUES = { processes: 1, warmups: 1, rounds: 5, milliseconds: 1000 };
/** @type {Pace} */
const SMOKE = { processes: 1, warmups: 0, rounds: 1, milliseconds: 1 };

const { values: flags } = parseArgs({
  options: {
    smoke: { type: 'boolean' },
    'write-docs': { type: 'boolean' },
    only: { type: 'string', multiple: true },
  },
});

const SUITES = {
  emit: { names: EMIT_LIBRARIES, pace: EMIT, report: emitTable },
  shapes: { names: SHAPES, pace: SHAPES_PACE, report: shapesTable },
  'emit-async': { names: ASYNC_EMITTERS, pace: EMIT, report: asyncTable },
  unsubscribe: { names: UNSUBSCRIBERS, pace: UNSUBSCRIBE, report: unsubscribeTable },
  topics: { names: TOPIC_EMITTERS, pace: EMIT, report: topicTable },
  'scope-life': { names: SCOPE_CONTENDERS, pace: SCOPE_LIFE, report: scopeTable },
  scheduler: { names: CLOCKS, pace: SCHEDULER, report: clockTable },
  tasks: { names: TASK_RUNNERS, pace: SCHEDULER, report: taskTable },
  queues: { names: await queueContenders(flags.smoke === true), pace: QUEUES, report: queueTable },
};

/** @type {Record<string, string>} */
const sections = {};
for (const [name, { names, pace, report }] of Object.entries(SUITES)) {
  if (flags.only?.includes(name) === false) continue;
  sections[name] = report(await runSuite(name, names, flags.smoke ? SMOKE : pace));
}

if (flags.smoke) {
  console.log('Every library called every handler exactly as often as it had to.');
} else {
  for (const [name, text] of Object.entries(sections))
    console.log(`\n${name}: ${machine}\n\n${text}`);
  if (flags['write-docs']) await writeSections(sections);
}
