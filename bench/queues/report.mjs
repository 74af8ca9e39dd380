/** The table of the queues suite: each engine by its bare client, and by the library. */
import { createConnection } from 'node:net';
import { median } from '../measure.mjs';
import { table } from '../table.mjs';
import { NATS_PORT } from './nats-space.mjs';
import { POSTGRES_PORT } from './postgres-space.mjs';
import { RABBIT_PORT } from './rabbit-space.mjs';
import { REDIS_PORT } from './redis-space.mjs';

/** @import { Results } from '../suite.mjs' */

/** By engine: the port where it is to be found, and what is measured on it, by name and title; the bare client comes first. */
const ENGINES = [
  {
    contenders: [
      ['memory-fastq', 'fastq'],
      ['memory-carillon', 'carillon in memory'],
    ],
  },
  {
    contenders: [
      ['sqlite-libsql', 'libsql'],
      ['sqlite-libsql+envelope', 'libsql, with envelopes'],
      ['sqlite-carillon', 'carillon on SQLite'],
    ],
  },
  {
    port: REDIS_PORT,
    contenders: [
      ['redis-bullmq', 'BullMQ'],
      ['redis-bullmq+envelope', 'BullMQ, with envelopes'],
      ['redis-bullmq-priorities+envelope', 'BullMQ, with envelopes and priorities'],
      ['redis-carillon', 'carillon on Redis'],
      ['redis-carillon-plain', 'carillon on Redis, without priorities'],
    ],
  },
  {
    port: POSTGRES_PORT,
    contenders: [
      ['postgres-pg', 'pg'],
      ['postgres-pg+envelope', 'pg, with envelopes'],
      ['postgres-carillon', 'carillon in PostgreSQL'],
    ],
  },
  {
    port: RABBIT_PORT,
    contenders: [
      ['rabbitmq-amqplib', 'amqplib'],
      ['rabbitmq-amqplib+envelope', 'amqplib, with envelopes'],
      ['rabbitmq-carillon', 'carillon in RabbitMQ'],
    ],
  },
  {
    port: NATS_PORT,
    contenders: [
      ['nats-jetstream', '@nats-io/jetstream'],
      ['nats-jetstream+envelope', '@nats-io/jetstream, with envelopes'],
      ['nats-carillon', 'carillon in JetStream'],
    ],
  },
];

/**
 * The contenders whose engine is there; in a smoke run those that need none.
 *
 * @param {boolean} smoke
 */
export async function queueContenders(smoke) {
  const names = [];
  for (const { port, contenders } of ENGINES) {
    if (port !== undefined && (smoke || !(await listens(port)))) continue;
    names.push(...contenders.map(([name = '']) => name));
  }
  return names;
}

/** @param {Results} results */
export function queueTable(results) {
  const columns = [...new Set([...results.values()].flatMap((cases) => [...cases.keys()]))].sort(
    enqueueFirst,
  );
  const rows = ENGINES.flatMap(({ contenders }) => {
    const [[bare = ''] = []] = contenders;
    const baseline = results.get(bare);
    return contenders.flatMap(([name = '', title = '']) => {
      const cases = results.get(name);
      return cases === undefined
        ? []
        : [[title, ...columns.map((column) => rate(cases.get(column), baseline?.get(column)))]];
    });
  });
  return table(['messages per second', ...columns], rows);
}

/**
 * @param {readonly number[] | undefined} rounds nanoseconds of one message
 * @param {readonly number[] | undefined} baseline
 */
function rate(rounds, baseline = []) {
  if (rounds === undefined) return '';
  const ratio = median(rounds.map((time, round) => (baseline[round] ?? Number.NaN) / time));
  return `${Math.round(1e9 / median(rounds)).toLocaleString('en')} (${ratio.toFixed(2)}×)`;
}

/**
 * @param {string} one
 * @param {string} other
 */
function enqueueFirst(one, other) {
  return Number(other === 'enqueue') - Number(one === 'enqueue');
}

/** @param {number} port */
function listens(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
