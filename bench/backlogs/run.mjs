/**
 * How fast a backlog is worked off, beside a thousand messages without ordering keys. `--smoke` only proves that it works, `--million` waits for
 * a million messages as well, `--write-docs` puts the tables into docs/reports/performance.md.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, writeSections } from '../docs-page.mjs';
import { median } from '../measure.mjs';
import { table } from '../table.mjs';
import { ENGINES } from './engines.mjs';

/** @import { ChildProcess } from 'node:child_process' */
/** @import { Fill, Place } from './engines.mjs' */

/**
 * @typedef {object} Backlog
 * @property {string} title
 * @property {readonly Fill[]} fills
 */

/**
 * @typedef {object} Run
 * @property {number} rate messages a second
 * @property {number} [others] after how many milliseconds those of other keys were done
 */

const { values: flags } = parseArgs({
  options: {
    smoke: { type: 'boolean' },
    million: { type: 'boolean' },
    'write-docs': { type: 'boolean' },
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
  },
});

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
const SECONDS = flags.smoke ? 1 : Number(flags.seconds);
const ROUNDS = flags.smoke ? 1 : Number(flags.rounds);
const SCALE = flags.smoke ? 1 / 100 : 1;

/** @type {readonly { workers: number, atOnce: number }[]} */
const TEAMS = [
  { workers: 1, atOnce: 1 },
  { workers: 1, atOnce: 20 },
  { workers: 4, atOnce: 20 },
];

const MANY = 100_000 * SCALE;

/** @type {Backlog} */
const PLAIN = { title: '1,000 without keys', fills: [{ event: 'bench.many', count: 1000 }] };

/** @type {readonly Backlog[]} */
const BACKLOGS = [
  {
    title: '100,000 of one key, 1,000 of others',
    fills: [
      { event: 'bench.many', count: MANY, keys: 1 },
      { event: 'bench.few', count: 1000, keys: 100 },
    ],
  },
  { title: '10,000 of each of 10 keys', fills: [{ event: 'bench.many', count: MANY, keys: 10 }] },
  {
    title: '100,000, each of its own key',
    fills: [{ event: 'bench.many', count: MANY, keys: MANY }],
  },
  ...(flags.million
    ? [{ title: '1,000,000 without keys', fills: [{ event: 'bench.many', count: 10 * MANY }] }]
    : []),
];

/**
 * @param {ChildProcess} worker
 * @param {string} command
 * @returns {Promise<{ many: number, few: number, lastFew: number }>}
 */
async function ask(worker, command) {
  const answer = once(worker, 'message');
  worker.send(command);
  const [done] = await answer;
  return done;
}

/**
 * @param {string} engine
 * @param {Place} place
 * @param {{ workers: number, atOnce: number }} team
 */
async function hire(engine, place, { workers, atOnce }) {
  const args = [engine, JSON.stringify(place.options), String(atOnce)];
  const team = Array.from({ length: workers }, () => fork(WORKER, args));
  await Promise.all(team.map((worker) => once(worker, 'message')));
  return team;
}

/**
 * Has a team work on a backlog for some seconds, or until it is over.
 *
 * @param {string} engine
 * @param {{ workers: number, atOnce: number }} size
 * @param {Backlog} backlog
 * @returns {Promise<Run>}
 */
async function measure(engine, size, { fills }) {
  const place = await /** @type {typeof ENGINES[string]} */ (ENGINES[engine]).place();
  const team = await hire(engine, place, size);
  const [first] = team;
  if (first !== undefined) await ask(first, 'models');
  for (const fill of fills) await place.fill(fill);
  const all = fills.reduce((sum, { count }) => sum + count, 0);
  const few = fills.find(({ event }) => event === 'bench.few')?.count ?? 0;
  const begun = Date.now();
  await Promise.all(team.map((worker) => ask(worker, 'begin')));
  let [number, others, time, lastFew] = [0, 0, 0, 0];
  while (number < all && time < 1000 * SECONDS) {
    await pause(5);
    const told = await Promise.all(team.map((worker) => ask(worker, 'tell')));
    number = told.reduce((sum, done) => sum + done.many + done.few, 0);
    others = told.reduce((sum, done) => sum + done.few, 0);
    lastFew = Math.max(...told.map((done) => done.lastFew));
    time = Date.now() - begun;
  }
  if (number === 0) throw new Error(`${engine} has done nothing.`);
  await Promise.all(team.map((worker) => ask(worker, 'end')));
  await place.remove();
  const rate = (1000 * number) / time;
  if (few === 0) return { rate };
  return { rate, others: others < few ? Number.POSITIVE_INFINITY : lastFew - begun };
}

/**
 * @param {readonly Run[]} runs
 * @param {readonly Run[]} plain
 */
function cell(runs, plain) {
  const rate = median(runs.map((run) => run.rate));
  const ratio = median(runs.map((run, round) => run.rate / (plain[round]?.rate ?? Number.NaN)));
  const times = runs.flatMap(({ others }) => (others === undefined ? [] : [others]));
  const time = median(times);
  const after =
    times.length === 0
      ? ''
      : `; others ${Number.isFinite(time) ? `in ${(time / 1000).toFixed(2)} s` : 'later'}`;
  return `${Math.round(rate).toLocaleString('en')} (${ratio.toFixed(2)}×)${after}`;
}

/** @param {string} engine */
async function report(engine) {
  const rows = [PLAIN, ...BACKLOGS].map(({ title }) => [title]);
  for (const team of TEAMS) {
    /** @type {Run[][]} */
    const runs = rows.map(() => []);
    // In turn, so that a slow minute of the machine is shared by all.
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [index, backlog] of [PLAIN, ...BACKLOGS].entries())
        runs[index]?.push(await measure(engine, team, backlog));
    for (const [index, row] of rows.entries()) row.push(cell(runs[index] ?? [], runs[0] ?? []));
  }
  return table(
    [
      `messages a second, ${engine}`,
      ...TEAMS.map(({ workers, atOnce }) => `${workers} × ${atOnce}`),
    ],
    rows,
  );
}

const tables = [];
for (const engine of Object.keys(ENGINES)) {
  if (flags.only?.includes(engine) === false) continue;
  const text = await report(engine);
  tables.push(text);
  console.log(`\n${machine}\n\n${text}`);
}
if (flags.smoke) console.log('Every backlog was begun.');
else if (flags['write-docs']) await writeSections({ backlogs: tables.join('\n\n') });
