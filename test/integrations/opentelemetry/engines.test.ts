/** One trace from an HTTP request to the last handler in another process, on every engine: also after a retry and a redrive. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { type BusProvider, EventBus, EventQueue, type QueueProvider } from 'carillon';
import { events, start, stop } from 'carillon/inversify';
import { jetStreamQueue, natsBus } from 'carillon/nats';
import { openTelemetry } from 'carillon/opentelemetry';
import { postgresBus, postgresQueue } from 'carillon/postgres';
import { rabbitBus, rabbitQueue } from 'carillon/rabbitmq';
import { redisBus, redisQueue } from 'carillon/redis';
import { sqliteQueue } from 'carillon/sqlite';
import { Container } from 'inversify';
import { POSTGRES_URL, PostgresSchema } from '../../support/postgres-schema.js';
import { PROJECT } from '../../support/program.js';
import { until } from '../../support/queue-engines.js';
import { removeExchange, removeQueues } from '../../support/rabbit-queues.js';
import { removeKeys, removeStreams } from '../../support/remove-queues.js';
import { withService } from '../../support/service.js';
import { parentOf, pointsOf, Traces } from '../../support/traces.js';

/** What the worker tells of a span. */
interface TracedSpan {
  readonly name: string;
  readonly event: string;
  readonly attempt: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | undefined;
}

/** One engine, made alike in both processes. */
interface TracedEngine {
  readonly provider: QueueProvider;
  readonly bus?: BusProvider;
  /** Plain data, for the worker. */
  readonly options: readonly [queue: object, bus?: object];
  close(): unknown;
}

/** Of one test, undone in the reverse order. */
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const action of undo.splice(0).reverse()) await action();
});

class Worker {
  readonly spans: TracedSpan[] = [];

  readonly redrive: () => void;

  private constructor(child: ChildProcess) {
    this.redrive = () => child.send('redrive');
    child.on('message', (span) => this.spans.push(span as TracedSpan));
  }

  static async begin(engine: string, options: TracedEngine['options']): Promise<Worker> {
    const program = join(PROJECT, 'test/support/traced-worker.mjs');
    const args = [engine, ...options.map((each) => JSON.stringify(each))];
    const child = fork(program, args, { execArgv: [] });
    undo.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (message !== 'ready') throw new Error(`the worker on ${engine} ended: ${String(message)}`);
    return new Worker(child);
  }

  ended(name: string, count: number): Promise<void> {
    return until(() => this.named(name).length === count);
  }

  named(name: string): readonly TracedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }
}

/** A server whose requests are traced as an instrumentation does it; each one publishes and defers. */
async function shop(engine: TracedEngine) {
  const traces = new Traces();
  const container = new Container();
  const { bus, provider } = engine;
  container.register(
    events({
      telemetry: openTelemetry(traces.options),
      queues: { jobs: { provider } },
      ...(bus === undefined ? {} : { bus }),
      onError: () => undefined,
    }),
  );
  await start(container);
  undo.push(() => stop(container));
  const server = createServer(async ({ headers, method, url }, response) => {
    const parent = traces.propagator.extract(ROOT_CONTEXT, headers, {
      get: (carrier, key) => carrier[key] as string | undefined,
      keys: Object.keys,
    });
    const span = traces.tracerProvider
      .getTracer('http')
      .startSpan(`${method} ${url}`, { kind: SpanKind.SERVER }, parent);
    await context.with(trace.setSpan(parent, span), async () => {
      if (bus !== undefined) await container.get(EventBus).publish('order.placed', {});
      await container.get(EventQueue).defer('charge.wanted', {}, { queue: 'jobs' });
    });
    span.end();
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  undo.push(() => new Promise((closed) => server.close(closed)));
  const { port } = server.address() as AddressInfo;
  return { traces, container, url: `http://127.0.0.1:${port}/orders` };
}

function declare(name: string, subpath: string, make: () => Promise<TracedEngine>): void {
  it(`tells how long messages have waited on ${name}`, async () => {
    const engine = await make();
    undo.push(() => engine.close());
    const { container, traces } = await shop(engine);
    const queue = container.get(EventQueue);

    const before = await traces.metrics();
    await queue.defer('charge.wanted', {}, { queue: 'jobs' });
    await until(async () => (await queue.counts('jobs')).waiting === 1);
    const after = await traces.metrics();

    const age = 'carillon.queue.oldest.age';
    const labels = `messaging.destination.name=jobs messaging.system.name=${engine.provider.name}`;
    expect(pointsOf(before.get(age))).toEqual({});
    // Of RabbitMQ one would have to take the message.
    expect(pointsOf(after.get(age))).toEqual(
      subpath === 'rabbitmq' ? {} : { [labels]: expect.any(Number) },
    );
  });

  it(`is one trace on ${name}`, async () => {
    const engine = await make();
    undo.push(() => engine.close());
    const { container, traces, url } = await shop(engine);
    const worker = await Worker.begin(subpath, engine.options);
    const hasBus = engine.bus !== undefined;
    const traceId = randomUUID().replaceAll('-', '');
    const client = '00f067aa0ba902b7';

    await fetch(url, {
      method: 'POST',
      headers: { traceparent: `00-${traceId}-${client}-01` },
    });
    // The charge fails once and is tried again; the receipt fails and is a dead letter.
    await worker.ended('process jobs', 3);
    const letters = container.get(EventQueue).deadLetters('jobs');
    await until(async () => (await letters.count()) === 1);
    worker.redrive();
    await worker.ended('process jobs', 4);
    if (hasBus) await worker.ended('process order.placed', 1);

    const here = traces.spans;
    expect(new Set([...here.map((span) => span.spanContext().traceId)])).toEqual(
      new Set([traceId]),
    );
    expect(new Set(worker.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const request = traces.span('POST /orders');
    expect(parentOf(request)).toBe(client);
    const sent = traces.span('send jobs');
    expect(parentOf(sent)).toBe(request.spanContext().spanId);
    const processed = worker.named('process jobs').map(({ event, parent }) => [event, parent]);
    const [printing] = worker.named('send jobs');
    expect(processed).toEqual([
      ['charge.wanted', sent.spanContext().spanId],
      ['charge.wanted', sent.spanContext().spanId],
      ['receipt.wanted', printing?.spanId],
      ['receipt.wanted', printing?.spanId],
    ]);
    expect(printing?.parent).toBe(worker.named('process jobs')[1]?.spanId);
    expect(worker.named('process jobs').map(({ attempt }) => attempt)).toEqual([1, 2, 1, 1]);
    const published = here.filter((span) => span.name === 'publish order.placed');
    expect(published.map(parentOf)).toEqual(hasBus ? [request.spanContext().spanId] : []);
    expect(worker.named('process order.placed').map(({ parent }) => parent)).toEqual(
      published.map((span) => span.spanContext().spanId),
    );
  });
}

describe('a request and what it leads to in another process', () => {
  declare('SQLite', 'sqlite', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-traces-'));
    const options = { file: join(folder, 'queues.db'), poll: 5 };
    return {
      provider: sqliteQueue(options),
      options: [options],
      close: () => rmSync(folder, { recursive: true }),
    };
  });
});

await withService('PostgreSQL', 5432, () => {
  declare('PostgreSQL', 'postgres', async () => {
    const schema = await PostgresSchema.empty();
    const options = { url: POSTGRES_URL, connection: schema.connection };
    return {
      provider: postgresQueue({ ...options, poll: 50 }),
      bus: postgresBus(options),
      options: [{ ...options, poll: 50 }, options],
      close: () => schema.drop(),
    };
  });
});

await withService('Redis', 6379, () => {
  declare('Redis', 'redis', async () => {
    const prefix = `traces-${randomUUID()}`;
    return {
      provider: redisQueue({ prefix }),
      bus: redisBus({ stream: prefix }),
      options: [{ prefix }, { stream: prefix }],
      close: () => removeKeys(prefix),
    };
  });
});

await withService('RabbitMQ', 5672, () => {
  declare('RabbitMQ', 'rabbitmq', async () => {
    const prefix = `traces-${randomUUID()}`;
    return {
      provider: rabbitQueue({ prefix }),
      bus: rabbitBus({ exchange: prefix }),
      options: [{ prefix }, { exchange: prefix }],
      close: async () => {
        await removeQueues(prefix, 'jobs');
        await removeExchange(prefix);
      },
    };
  });
});

await withService('NATS', 4222, () => {
  declare('NATS', 'nats', async () => {
    const prefix = `traces-${randomUUID()}`;
    return {
      provider: jetStreamQueue({ prefix }),
      bus: natsBus({ prefix }),
      options: [{ prefix }, { prefix }],
      close: () => removeStreams(prefix),
    };
  });
});
