/** Many queues on one provider: how long their start takes, what they cost while nothing happens, and how many connections they have. */
import 'reflect-metadata';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Deferred, EventQueue } from 'carillon';
import { events, start, stop } from 'carillon/inversify';
import { jetStreamQueue } from 'carillon/nats';
import { postgresQueue } from 'carillon/postgres';
import { rabbitQueue } from 'carillon/rabbitmq';
import { redisQueue } from 'carillon/redis';
import { sqliteQueue } from 'carillon/sqlite';
import { Container } from 'inversify';
import { table } from '../table.mjs';
import { NATS_PORT, natsSpace } from './nats-space.mjs';
import { POSTGRES_PORT, postgresSpace } from './postgres-space.mjs';
import { RABBIT_PORT, rabbitSpace } from './rabbit-space.mjs';
import { REDIS_PORT, redisSpace } from './redis-space.mjs';
import { temporaryFile } from './temporary-file.mjs';

/** @import { QueueProvider } from 'carillon' */

const { values: flags } = parseArgs({
  options: {
    queues: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
    only: { type: 'string', multiple: true },
    // Of a server of RabbitMQ that is there for this: it may have all the queues.
    'rabbitmq-port': { type: 'string' },
  },
});
const IDLE = 1000 * Number(flags.seconds);

/** @type {readonly { name: string, port?: number, most?: number, space: () => any, provider: (port: number, space: any) => QueueProvider }[]} */
const ENGINES = [
  {
    name: 'sqlite',
    space: () => {
      const { file, remove } = temporaryFile();
      return { file, clear: remove };
    },
    provider: (_, { file }) => sqliteQueue({ file }),
  },
  {
    name: 'postgres',
    port: POSTGRES_PORT,
    space: postgresSpace,
    provider: (port, { url, connection }) =>
      postgresQueue({ url: url.replace(String(POSTGRES_PORT), String(port)), connection }),
  },
  {
    name: 'redis',
    port: REDIS_PORT,
    space: redisSpace,
    provider: (port, { prefix }) => redisQueue({ url: `redis://127.0.0.1:${port}`, prefix }),
  },
  {
    name: 'rabbitmq',
    port: Number(flags['rabbitmq-port'] ?? RABBIT_PORT),
    // Each needs two quorum queues, each of which reserves files: with 1024 open files a server with 400 takes no connection any more.
    ...(flags['rabbitmq-port'] === undefined ? { most: 50 } : {}),
    space: () => rabbitSpace(Number(flags['rabbitmq-port'] ?? RABBIT_PORT)),
    provider: (port, { prefix }) =>
      rabbitQueue({ url: `amqp://127.0.0.1:${port}`, prefix, patience: '60s' }),
  },
  {
    name: 'nats',
    port: NATS_PORT,
    space: natsSpace,
    provider: (port, { prefix }) =>
      jetStreamQueue({ servers: `127.0.0.1:${port}`, prefix, patience: '60s' }),
  },
];

/** Counts the connections that pass through it. */
async function counter(port) {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  const server = createServer((client) => {
    const engine = createConnection(port, '127.0.0.1');
    sockets.add(client);
    client.pipe(engine).pipe(client);
    client.on('error', () => engine.destroy());
    engine.on('error', () => client.destroy());
    client.on('close', () => sockets.delete(client));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port, sockets, server };
}

function program(provider, names) {
  const container = new Container();
  const queues = Object.fromEntries(names.map((name) => [name, { provider }]));
  container.register(events({ queues }));
  const done = new Set();
  for (const name of names) {
    class Worker {
      work() {
        done.add(name);
      }
    }
    const method = Object.getOwnPropertyDescriptor(Worker.prototype, 'work');
    Deferred(`bench.${name}`, { id: name, queue: name })(Worker.prototype, 'work', method);
    container.bind(Worker).toSelf().inSingletonScope();
    container.get(Worker);
  }
  return { container, done };
}

/** The connections of a program that works; a file has none that could be counted. */
async function connectionsOf({ port, provider }, space, names) {
  if (port === undefined) return;
  const proxy = await counter(port);
  const { container } = program(provider(proxy.port, space), names);
  await start(container);
  const connections = proxy.sockets.size;
  await pause(1000);
  await stop(container);
  proxy.server.close();
  return connections;
}

/** What a program costs while nothing happens, in percent of a core, and in how many milliseconds all of its queues answer afterwards. */
async function idleCost({ port, provider }, space, names) {
  const { container, done } = program(provider(port, space), names);
  await start(container);
  await pause(1000);
  const before = process.cpuUsage();
  await pause(IDLE);
  const { user, system } = process.cpuUsage(before);
  const queue = container.get(EventQueue);
  const sent = performance.now();
  for (const one of names) await queue.defer(`bench.${one}`, 1);
  while (done.size < names.length) await pause(1);
  const worked = performance.now() - sent;
  await stop(container);
  return { percent: (user + system) / IDLE / 10, worked };
}

async function measure(engine) {
  const { name, port, most = Number.POSITIVE_INFINITY, provider } = engine;
  const space = await engine.space();
  const names = Array.from(
    { length: Math.min(most, Number(flags.queues)) },
    (_, index) => `jobs-${index}`,
  );
  const times = [];
  // The first start makes what the engine needs, the second one finds it.
  for (const from of [port, port]) {
    const { container } = program(provider(from, space), names);
    const begun = performance.now();
    await start(container);
    times.push(performance.now() - begun);
    await stop(container);
  }
  const connections = await connectionsOf(engine, space, names);
  const { percent, worked } = await idleCost(engine, space, names);
  await space.clear(names);
  return [
    name,
    String(names.length),
    ...times.map((time) => `${(time / 1000).toFixed(2)} s`),
    `${percent.toFixed(2)} %`,
    connections === undefined ? '' : String(connections),
    `${worked.toFixed(0)} ms`,
  ];
}

const rows = [];
for (const engine of ENGINES)
  if (flags.only?.includes(engine.name) !== false) rows.push(await measure(engine));
console.log(
  table(
    [
      'engine',
      'queues',
      'first start',
      'next start',
      'a core while idle',
      'connections',
      'one message each',
    ],
    rows,
  ),
);
process.exit();
