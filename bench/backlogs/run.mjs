/**
 * How fast a backlog is worked off, beside a thousand messages without ordering keys. `--smoke` only proves that it works, `--million` has a backlog of
 * a million messages instead, `--peers` compares PostgreSQL with other queues on it instead, `--write-docs` puts the tables into
 * docs/reports/performance.md.
 */
import { parseArgs } from 'node:util';
import { machine, writeSections } from '../docs-page.mjs';
import { median } from '../measure.mjs';
import { table } from '../table.mjs';
import { backlogs, TEAMS } from './backlogs.mjs';
import { ENGINES } from './engines.mjs';
import { measure } from './measure-backlog.mjs';
import { installPeers } from './peers.mjs';

/** @import { Backlog } from './backlogs.mjs' */
/** @import { Engine } from './engines.mjs' */
/** @import { Run } from './measure-backlog.mjs' */

/**
 * @typedef {object} Row
 * @property {string} title
 * @property {Engine} engine
 * @property {Backlog} backlog
 * @property {number} base which row it is compared with
 */

const { values: flags } = parseArgs({
  options: {
    smoke: { type: 'boolean' },
    million: { type: 'boolean' },
    peers: { type: 'boolean' },
    'write-docs': { type: 'boolean' },
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
  },
});
if (flags.million && flags.peers) throw new Error('--million and --peers are tables of their own.');
if (flags.smoke && flags.peers) throw new Error('--peers installs packages: leave out --smoke.');

const SECONDS = flags.smoke ? 1 : Number(flags.seconds);
const ROUNDS = flags.smoke ? 1 : Number(flags.rounds);

const MANY = flags.smoke ? 1000 : 100_000;

const BACKLOGS = flags.million ? withMillion() : backlogs(MANY);

/** A million takes its time to fill in: beside it stands only what it is compared with. */
function withMillion() {
  return [
    ...backlogs(MANY).slice(0, 1),
    { title: '1,000,000 without keys', fills: [{ event: 'bench.many', count: 10 * MANY }] },
  ];
}

/**
 * @param {Run[]} runs
 * @param {Run[]} base
 */
function cell(runs, base) {
  const rate = median(runs.map((run) => run.rate));
  const ratio = median(runs.map((run, round) => run.rate / (base[round]?.rate ?? Number.NaN)));
  const times = runs.flatMap(({ others }) => (others === undefined ? [] : [others]));
  const time = median(times);
  const after =
    times.length === 0
      ? ''
      : `; others ${Number.isFinite(time) ? `in ${(time / 1000).toFixed(2)} s` : 'later'}`;
  const digits = { maximumFractionDigits: rate < 10 ? 1 : 0 };
  return `${rate.toLocaleString('en', digits)} (${ratio.toFixed(2)}×)${after}`;
}

/**
 * @param {string} subject
 * @param {readonly Row[]} rows
 */
async function report(subject, rows) {
  const lines = rows.map(({ title }) => [title]);
  for (const team of TEAMS) {
    /** @type {Run[][]} */
    const runs = rows.map(() => []);
    // In turn, so that a slow minute of the machine is shared by all.
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [index, { engine, backlog }] of rows.entries())
        runs[index]?.push(await measure(engine, team, backlog, SECONDS));
    for (const [index, { base }] of rows.entries())
      lines[index]?.push(cell(runs[index] ?? [], runs[base] ?? []));
  }
  const columns = TEAMS.map(({ workers, atOnce }) => `${workers} × ${atOnce}`);
  const text = table([`messages a second, ${subject}`, ...columns], lines);
  console.log(`\n${machine}\n\n${text}`);
  return text;
}

async function reportEngines() {
  const engines = Object.values(ENGINES).filter(({ name }) => flags.only?.includes(name) !== false);
  const tables = [];
  for (const engine of engines) {
    const rows = BACKLOGS.map((backlog) => ({ title: backlog.title, engine, backlog, base: 0 }));
    tables.push(await report(engine.name, rows));
  }
  return tables;
}

async function comparePeers() {
  const { peers, remove } = installPeers();
  try {
    const rows = BACKLOGS.flatMap((backlog, number) => {
      const { title, fills } = backlog;
      const base = number * (peers.length + 1);
      const isOrdered = fills.some(({ keys }) => keys !== undefined);
      return [
        { title: `${title}: Carillon`, engine: ENGINES.postgres, backlog, base },
        ...peers.map((engine) => ({
          title: `${title}: ${engine.title}${isOrdered ? `, ${engine.order}` : ''}`,
          engine,
          backlog,
          base,
        })),
      ];
    });
    return [await report('queues on PostgreSQL', rows)];
  } finally {
    remove();
  }
}

const tables = await (flags.peers ? comparePeers() : reportEngines());
const name = `backlogs${flags.peers ? '-peers' : ''}${flags.million ? '-million' : ''}`;
if (flags.smoke) console.log('Every backlog was begun.');
else if (flags['write-docs']) await writeSections({ [name]: tables.join('\n\n') });
