/** What is measured, and by what it is labelled. */
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  Deferred,
  defineEvent,
  EventBus,
  EventQueue,
  On,
  ScopedEmitter,
  Subscribe,
} from 'carillon';
import { type EventsOptions, openScope, start, stop } from 'carillon/inversify';
import { openTelemetry } from 'carillon/opentelemetry';
import { SECONDS } from '../../../src/integrations/opentelemetry/conventions.js';
import { build, rootContainer } from '../../support/container.js';
import { gate } from '../../support/gate.js';
import { freePort } from '../../support/own-server.js';
import { until } from '../../support/queue-engines.js';
import { pointsOf, Traces } from '../../support/traces.js';

const Paid = defineEvent<string>('paid');
const Booked = defineEvent<string>('booked');

const SENT = 'messaging.client.sent.messages';
const CONSUMED = 'messaging.client.consumed.messages';
const PROCESSED = 'messaging.process.duration';

let traces: Traces;

beforeEach(() => {
  traces = new Traces();
});

afterEach(() => traces.close());

function bank(options: EventsOptions = {}) {
  const fixture = rootContainer({
    clock: undefined,
    telemetry: openTelemetry(traces.options),
    ...options,
  });
  const { container } = fixture;
  return { ...fixture, bus: container.get(EventBus), queue: container.get(EventQueue) };
}

describe('messages', () => {
  it('are counted as they are sent and consumed, by names that stand in the code', async () => {
    const { bus, container, queue } = bank();
    class Bank {
      @Subscribe('rooms.*.paid', { group: 'tills' })
      till() {}

      @Deferred(Paid, { queue: 'books' })
      book() {}
    }
    build(container, Bank);
    await start(container);

    for (const room of [1, 2, 3]) await bus.publish(`rooms.${room}.paid`, 1);
    await bus.publish(Booked, 'a');
    await queue.deferAll([
      [Paid, 'a'],
      [Paid, 'b'],
    ]);
    await until(() => traces.spans.filter(({ name }) => name === 'process books').length === 2);
    const metrics = await traces.metrics();
    await stop(container);

    const publish =
      'messaging.operation.name=publish messaging.operation.type=send messaging.system.name=carillon';
    expect(pointsOf(metrics.get(SENT))).toEqual({
      [publish]: 3,
      [`messaging.destination.name=booked ${publish}`]: 1,
      'messaging.destination.name=books messaging.operation.name=send messaging.operation.type=send messaging.system.name=carillon': 2,
    });
    const process =
      'messaging.operation.name=process messaging.operation.type=process messaging.system.name=carillon';
    const consumed = {
      [`messaging.consumer.group.name=tills messaging.destination.template=rooms.*.paid ${process}`]: 3,
      [`messaging.destination.name=books ${process}`]: 2,
    };
    expect(pointsOf(metrics.get(CONSUMED))).toEqual(consumed);
    expect(pointsOf(metrics.get(PROCESSED))).toEqual(consumed);
  });

  it('have durations in seconds, with the bounds that the conventions advise', async () => {
    const { bus, container } = bank();
    class Bank {
      @Subscribe(Paid)
      paid() {}
    }
    build(container, Bank);

    await bus.publish(Paid, 'a');
    const metric = (await traces.metrics()).get(PROCESSED);

    expect(metric?.descriptor.unit).toBe('s');
    const [point] = metric?.dataPoints ?? [];
    expect(point?.value).toMatchObject({ buckets: { boundaries: SECONDS } });
  });

  it('are labelled by the class or the code of an error', async () => {
    const { bus, container, queue } = bank({
      queues: { default: { limit: 1, whenFull: 'reject' } },
    });
    class Bank {
      @Subscribe(Paid)
      paid() {
        throw new RangeError('no money');
      }

      @Deferred(Booked)
      booked() {}
    }
    build(container, Bank);

    await bus.publish(Paid, 'a');
    await queue.defer(Booked, 'a');
    await expect(queue.defer(Booked, 'b')).rejects.toMatchObject({ code: 'CAR5012' });
    const metrics = await traces.metrics();

    expect(Object.keys(pointsOf(metrics.get(PROCESSED)))).toEqual([
      expect.stringMatching(/^error\.type=RangeError /),
    ]);
    expect(Object.keys(pointsOf(metrics.get(SENT)))).toContainEqual(
      expect.stringMatching(/^error\.type=CAR5012 /),
    );
  });
});

describe('queues', () => {
  it('tell what waits, for how long, what is tried again and what is given up', async () => {
    const { container, queue } = bank();
    const open = gate();
    class Bank {
      @Deferred(Paid, { queue: 'books', attempts: 2, backoff: 1 })
      book() {
        throw new RangeError('no money');
      }

      @Deferred(Booked, { queue: 'slow' })
      async slow() {
        await open.promise;
      }
    }
    build(container, Bank);
    await start(container);

    await queue.defer(Paid, 'a');
    await until(async () => (await queue.counts('books')).dead === 1);
    await queue.defer(Booked, 'a');
    await queue.defer(Booked, 'b');
    await queue.defer(Booked, 'c', { delay: '1h' });
    await until(async () => (await queue.counts('slow')).active === 1);
    const metrics = await traces.metrics();
    open.open();
    await stop(container, { drain: 0 });

    const books = 'messaging.destination.name=books messaging.system.name=carillon';
    const slow = 'messaging.destination.name=slow messaging.system.name=carillon';
    expect(pointsOf(metrics.get('carillon.queue.depth'))).toEqual({
      [`carillon.message.state=waiting ${books}`]: 0,
      [`carillon.message.state=delayed ${books}`]: 0,
      [`carillon.message.state=active ${books}`]: 0,
      [`carillon.message.state=dead ${books}`]: 1,
      [`carillon.message.state=waiting ${slow}`]: 1,
      [`carillon.message.state=delayed ${slow}`]: 1,
      [`carillon.message.state=active ${slow}`]: 1,
      [`carillon.message.state=dead ${slow}`]: 0,
    });
    expect(pointsOf(metrics.get('carillon.queue.oldest.age'))).toEqual({
      [slow]: expect.any(Number),
    });
    expect(pointsOf(metrics.get('carillon.queue.retries'))).toEqual({ [books]: 1 });
    expect(pointsOf(metrics.get('carillon.queue.dead_letters'))).toEqual({
      [`carillon.dead_letter.reason=failed ${books}`]: 1,
    });
  });
});

describe('the application', () => {
  it('tells how many scopes and handlers are alive, until it ends', async () => {
    const { container } = bank();
    const open = gate();
    class Desk {
      @On(Paid)
      async paid() {
        await open.promise;
      }
    }
    build(container, Desk);
    const scope = openScope(container);
    container.get(ScopedEmitter).emit(Paid, 'a');

    const metrics = await traces.metrics();
    open.open();
    await stop(scope);
    await stop(container);
    const after = await traces.metrics();

    expect(pointsOf(metrics.get('carillon.scopes.live'))).toEqual({ '': 2 });
    expect(pointsOf(metrics.get('carillon.handlers.active'))).toEqual({ '': 1 });
    // The SDK repeats what it was told last: that of an application that is still asked would be 0.
    expect(pointsOf(after.get('carillon.scopes.live'))).toEqual({ '': 2 });
  });
});

describe('Prometheus', () => {
  it('gets the metrics under the names that the dashboard asks for', async () => {
    const port = await freePort();
    const exporter = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: true });
    await exporter.startServer();
    const meterProvider = new MeterProvider({ readers: [exporter] });
    const telemetry = openTelemetry({ ...traces.options, meterProvider });
    const { container, queue } = bank({ telemetry });
    class Bank {
      @Deferred(Paid, { queue: 'books', attempts: 1 })
      book() {
        throw new RangeError('no money');
      }
    }
    build(container, Bank);
    await start(container);
    await queue.defer(Paid, 'a');
    await until(async () => (await queue.counts('books')).dead === 1);

    const text = await bodyOf(`http://127.0.0.1:${port}/metrics`);
    await stop(container);
    await meterProvider.shutdown();

    const names = new Set([...text.matchAll(/^([a-z_]+)\{/gm)].map(([, name]) => name));
    expect(names).toEqual(
      new Set([
        'target_info',
        'messaging_client_sent_messages_total',
        'messaging_client_consumed_messages_total',
        'messaging_client_operation_duration_count',
        'messaging_client_operation_duration_sum',
        'messaging_client_operation_duration_bucket',
        'messaging_process_duration_count',
        'messaging_process_duration_sum',
        'messaging_process_duration_bucket',
        'carillon_queue_depth',
        'carillon_queue_dead_letters_total',
        'carillon_handlers_active',
        'carillon_scopes_live',
      ]),
    );
  });
});

function bodyOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false }, async (response) => {
      response.setEncoding('utf8');
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve(body);
    })
      .on('error', reject)
      .end();
  });
}
