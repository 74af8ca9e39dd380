/**
 * The second process of a trace: `node traced-worker.mjs ENGINE QUEUE-OPTIONS BUS-OPTIONS`. It runs what is built, and tells its spans; at a
 * message it sends its dead letters again.
 */
import 'reflect-metadata';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { Deferred, EventQueue, Subscribe } from 'carillon';
import { events, start } from 'carillon/inversify';
import { openTelemetry } from 'carillon/opentelemetry';
import { Container } from 'inversify';

const [engine, queueOptions, busOptions] = process.argv.slice(2);

// It does not outlive its test, however that ends.
process.on('disconnect', () => process.exit());

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const exporter = {
  export(spans, done) {
    for (const span of spans) {
      const { attributes, name } = span;
      process.send({
        name,
        event: attributes['carillon.event'],
        attempt: attributes['carillon.message.attempt'] ?? 1,
        ...span.spanContext(),
        parent: span.parentSpanContext?.spanId,
      });
    }
    done({ code: 0 });
  },
  shutdown: async () => undefined,
};

const telemetry = openTelemetry({
  tracerProvider: new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  propagator: new W3CTraceContextPropagator(),
});

/** What the engine exports by a name with that end, made with the options. */
async function made(ending, options) {
  const [, make] = Object.entries(await import(`carillon/${engine}`)).find(([name]) =>
    name.endsWith(ending),
  );
  return make(JSON.parse(options));
}

class Worker {
  attempts = 0;
  receipts = 0;

  constructor(queue) {
    this.queue = queue;
  }

  placed() {
    return Promise.resolve();
  }

  async charge() {
    this.attempts += 1;
    if (this.attempts === 1) throw new Error('the bank does not answer');
    await this.queue.defer('receipt.wanted', {}, { queue: 'jobs' });
  }

  async receipt() {
    this.receipts += 1;
    if (this.receipts === 1) throw new Error('the printer is off');
  }
}

function handle(decorator, method) {
  const descriptor = Object.getOwnPropertyDescriptor(Worker.prototype, method);
  decorator(Worker.prototype, method, descriptor);
}

handle(Subscribe('order.placed'), 'placed');
handle(
  Deferred('charge.wanted', { id: 'charge', queue: 'jobs', attempts: 2, backoff: 1 }),
  'charge',
);
handle(Deferred('receipt.wanted', { id: 'receipt', queue: 'jobs', attempts: 1 }), 'receipt');

const container = new Container();
container.register(
  events({
    telemetry,
    queues: { jobs: { provider: await made('Queue', queueOptions) } },
    ...(busOptions === undefined ? {} : { bus: await made('Bus', busOptions) }),
    onError: () => undefined,
  }),
);
container
  .bind(Worker)
  .toResolvedValue((queue) => new Worker(queue), [EventQueue])
  .inSingletonScope();
await start(container);
process.on('message', () => container.get(EventQueue).deadLetters('jobs').retry({}));
process.send('ready');
