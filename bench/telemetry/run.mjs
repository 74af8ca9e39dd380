/**
 * What tracing costs a message of a queue on Redis: Carillon with and without `openTelemetry()`, BullMQ with and without its `bullmq-otel`, in turns in
 * one run. `node bench/telemetry/run.mjs [MESSAGES] [ROUNDS]`. It runs what is built; Redis is on port 6379.
 *
 * All must share one copy of `@opentelemetry/api`: a copy that is newer than the one with the providers finds none, and makes no spans.
 */
import { randomUUID } from 'node:crypto';
import 'reflect-metadata';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { Queue, Worker } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import { Deferred, EventQueue } from 'carillon';
import { events, start, stop } from 'carillon/inversify';
import { openTelemetry } from 'carillon/opentelemetry';
import { redisQueue } from 'carillon/redis';
import { Container } from 'inversify';
import { Redis } from 'ioredis';

const [messages = '2000', rounds = '7'] = process.argv.slice(2);
const COUNT = Number(messages);

// Spans are made, ended and counted, and go nowhere.
let ended = 0;
const counting = {
  onStart: () => undefined,
  onEnd: () => {
    ended += 1;
  },
  forceFlush: async () => undefined,
  shutdown: async () => undefined,
};
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [counting] }));

const prefix = `telemetry-${randomUUID()}`;
const connection = { host: '127.0.0.1', port: 6379, maxRetriesPerRequest: null };

/** Resolves once so many messages have been handled. */
class Handled {
  count = 0;
  #done = () => undefined;

  add() {
    this.count += 1;
    if (this.count === COUNT) this.#done();
  }

  all() {
    this.count = 0;
    return new Promise((done) => {
      this.#done = done;
    });
  }
}

async function carillon(name, telemetry) {
  const handled = new Handled();
  class Clerk {
    async work() {
      handled.add();
    }
  }
  const method = Object.getOwnPropertyDescriptor(Clerk.prototype, 'work');
  Deferred('job', { id: 'clerk', queue: 'jobs' })(Clerk.prototype, 'work', method);
  const container = new Container();
  const provider = redisQueue({ prefix: `${prefix}-${name}` });
  const jobs = { provider, concurrency: 10 };
  container.register(events({ queues: { jobs }, ...(telemetry && { telemetry }) }));
  container.bind(Clerk).toSelf().inSingletonScope();
  await start(container);
  const queue = container.get(EventQueue);
  const send = (n) => queue.defer('job', { n }, { queue: 'jobs' });
  return { name, handled, send, close: () => stop(container) };
}

async function bullmq(name, telemetry) {
  const handled = new Handled();
  const options = { connection, prefix: `${prefix}-${name}`, ...(telemetry && { telemetry }) };
  const queue = new Queue('jobs', { ...options, defaultJobOptions: { removeOnComplete: true } });
  const worker = new Worker('jobs', async () => handled.add(), { ...options, concurrency: 10 });
  await worker.waitUntilReady();
  const close = () => Promise.all([worker.close(), queue.close()]);
  return { name, handled, send: (n) => queue.add('job', { n }), close };
}

/** Processor time of one message, in microseconds. */
async function round({ handled, name, send }) {
  const all = handled.all();
  const spansBefore = ended;
  const before = process.cpuUsage();
  for (let n = 0; n < COUNT; n += 20)
    await Promise.all(Array.from({ length: 20 }, (_, index) => send(n + index)));
  await all;
  const { system, user } = process.cpuUsage(before);
  spans.set(name, (ended - spansBefore) / COUNT);
  return (system + user) / COUNT;
}

const contenders = [
  await carillon('carillon'),
  await carillon('carillon + telemetry', openTelemetry()),
  await bullmq('bullmq'),
  await bullmq('bullmq + telemetry', new BullMQOtel({ tracerName: 'bench' })),
];
const least = new Map();
const spans = new Map();
for (let count = 0; count <= Number(rounds); count += 1) {
  for (const contender of contenders) {
    const time = await round(contender);
    // The first round warms up.
    if (count > 0) least.set(contender.name, Math.min(time, least.get(contender.name) ?? time));
  }
}
for (const [name, time] of least)
  console.log(`${name.padEnd(22)} ${time.toFixed(1)} µs a message, ${spans.get(name)} spans`);
// A library that was set up in the wrong way would cost nothing.
for (const [name, count] of spans)
  if (name.endsWith('telemetry') && count < 1) throw new Error(`${name} made no spans`);
const cost = (name) => least.get(`${name} + telemetry`) - least.get(name);
console.log(
  `telemetry costs: carillon ${cost('carillon').toFixed(1)} µs, bullmq ${cost('bullmq').toFixed(1)} µs`,
);

for (const { close } of contenders) await close();
const redis = new Redis(6379);
for (const { name } of contenders) {
  const keys = await redis.keys(`${prefix}-${name}*`);
  if (keys.length > 0) await redis.del(keys);
}
redis.disconnect();
