/** Which spans there are, what they say, and how they hang together: within one process. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import {
  type CarillonError,
  Deferred,
  defineEvent,
  EventBus,
  EventQueue,
  EventType,
  On,
  ScopedEmitter,
  Subscribe,
} from 'carillon';
import { type EventsOptions, start, stop } from 'carillon/inversify';
import { handlerSpans, openTelemetry } from 'carillon/opentelemetry';
import { memoryBus } from 'carillon/testing';
import { build, rootContainer } from '../../support/container.js';
import { engineByHand, STORED } from '../../support/engine-by-hand.js';
import { Job, until } from '../../support/queue-engines.js';
import { parentOf, Traces } from '../../support/traces.js';

@EventType({ name: 'order-placed' })
class OrderPlaced {
  constructor(readonly id = '') {}
}

const Paid = defineEvent<string>('paid');

let traces: Traces;

beforeEach(() => {
  traces = new Traces();
});

afterEach(() => traces.close());

function shop(options: EventsOptions = {}) {
  const { container, errors } = rootContainer({
    clock: undefined,
    telemetry: openTelemetry(traces.options),
    ...options,
  });
  return {
    container,
    errors: errors as CarillonError[],
    bus: container.get(EventBus),
    queue: container.get(EventQueue),
    emitter: container.get(ScopedEmitter),
  };
}

describe('publish', () => {
  it('makes a span of the sending, and one of each subscriber beneath it', async () => {
    const { container, bus } = shop();
    class Mailer {
      @Subscribe(OrderPlaced)
      async mail() {
        await Promise.resolve();
      }
    }
    build(container, Mailer);

    const request = await traces.request('POST /orders', () => bus.publish(new OrderPlaced()));
    await until(() => traces.spans.length === 3);

    const sent = traces.span('publish OrderPlaced');
    const processed = traces.span('process OrderPlaced');
    expect(parentOf(sent)).toBe(request.spanContext().spanId);
    expect(parentOf(processed)).toBe(sent.spanContext().spanId);
    expect(processed.links.map(({ context: { spanId } }) => spanId)).toEqual([
      sent.spanContext().spanId,
    ]);
    expect([sent.kind, processed.kind]).toEqual([SpanKind.PRODUCER, SpanKind.CONSUMER]);
    expect(sent.attributes).toEqual({
      'messaging.system.name': 'carillon',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'OrderPlaced',
      'carillon.event': 'OrderPlaced',
    });
    expect(processed.attributes).toEqual({
      'messaging.system.name': 'carillon',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'OrderPlaced',
      'messaging.destination.template': 'OrderPlaced',
      'carillon.event': 'OrderPlaced',
      'carillon.handler': 'Mailer.mail',
      'carillon.scope': 'application',
    });
  });

  it('names what travels as it is named on the wire, with the ids of the message', async () => {
    const { container, bus } = shop({ bus: memoryBus() });
    class Mailer {
      @Subscribe(OrderPlaced, { group: 'mailers' })
      mail() {}
    }
    build(container, Mailer);
    await start(container);

    await bus.publish(new OrderPlaced());
    await until(() => traces.spans.length === 2);
    await stop(container);

    const sent = traces.span('publish order-placed');
    const processed = traces.span('process OrderPlaced');
    expect(parentOf(sent)).toBeUndefined();
    expect(parentOf(processed)).toBe(sent.spanContext().spanId);
    const id = processed.attributes['messaging.message.id'];
    expect(typeof id).toBe('string');
    expect(processed.attributes).toMatchObject({
      'messaging.destination.name': 'order-placed',
      'messaging.message.conversation_id': id,
      'messaging.consumer.group.name': 'mailers',
    });
  });

  it('names spans of topics that have ids in them as the program says', async () => {
    const { container, bus } = shop({
      telemetry: openTelemetry({
        ...traces.options,
        topicName: (topic) => topic.replace(/\d+/, '*'),
      }),
    });
    class Room {
      @Subscribe('rooms.*.joined')
      joined() {}
    }
    build(container, Room);

    await bus.publish('rooms.42.joined', 1);

    expect(traces.span('publish rooms.*.joined').attributes).toMatchObject({
      'messaging.destination.name': 'rooms.42.joined',
      'messaging.destination.template': 'rooms.*.joined',
    });
    expect(traces.span('process rooms.*.joined').attributes).toMatchObject({
      'messaging.destination.name': 'rooms.42.joined',
    });
  });

  it('links a handler of lists to the trace of each message', async () => {
    const { container, bus } = shop({ bus: memoryBus() });
    const lists: number[] = [];
    class Mailer {
      @Subscribe(Paid, { batch: { size: 3, within: '1h' } })
      async mail(paid: readonly string[]) {
        lists.push(paid.length);
        trace.getActiveSpan()?.setAttribute('seen', true);
        await bus.publish(new OrderPlaced());
      }
    }
    build(container, Mailer);
    await start(container);

    const requests: Span[] = [];
    for (const id of ['a', 'b', 'c'])
      requests.push(await traces.request(`POST /${id}`, () => bus.publish(Paid, id)));
    await until(() => traces.spans.some(({ name }) => name === 'publish order-placed'));
    await until(() => traces.spans.some(({ name }) => name === 'process paid'));
    await stop(container);

    const processed = traces.span('process paid');
    expect(lists).toEqual([3]);
    expect(parentOf(processed)).toBeUndefined();
    expect(processed.links.map(({ context: { traceId } }) => traceId)).toEqual(
      requests.map((request) => request.spanContext().traceId),
    );
    expect(processed.attributes).toMatchObject({
      'messaging.batch.message_count': 3,
      seen: true,
    });
    expect(processed.attributes).not.toHaveProperty('messaging.message.id');
    expect(parentOf(traces.span('publish order-placed'))).toBe(processed.spanContext().spanId);
  });

  it('links lists within the process as well', async () => {
    const { container, bus } = shop();
    class Mailer {
      @Subscribe(Paid, { batch: { size: 2, within: '1h' } })
      mail() {}
    }
    build(container, Mailer);

    await bus.publish(Paid, 'a');
    await bus.publish(Paid, 'b');
    await until(() => traces.spans.length === 3);

    expect(traces.span('process paid').links).toHaveLength(2);
  });

  it('goes round in a circle as it does without telemetry: the process goes on', async () => {
    const { container, bus, errors } = shop();
    class Circle {
      @Subscribe(Paid)
      again(id: string) {
        void bus.publish(Paid, id);
      }
    }
    build(container, Circle);

    await bus.publish(Paid, 'a');
    await new Promise((resolve) => setImmediate(resolve));

    expect(errors.map(({ code }) => code)).toEqual(['CAR4006']);
    expect(traces.spans.some(({ status }) => status.code === SpanStatusCode.ERROR)).toBe(true);
  });
});

describe('defer', () => {
  it('makes a span for each queue, and one of each handler in the same trace', async () => {
    const { container, queue } = shop();
    class Bank {
      @Deferred(OrderPlaced, { queue: 'bank' })
      async charge() {
        await queue.defer(Paid, 'x');
      }

      @Deferred(Paid)
      book() {}
    }
    class Stock {
      @Deferred(OrderPlaced, { queue: 'stock' })
      reserve() {}
    }
    build(container, Bank);
    build(container, Stock);
    await start(container);

    const request = await traces.request('POST /orders', () => queue.defer(new OrderPlaced()));
    await until(() => traces.spans.length === 7);
    await stop(container);

    const { traceId, spanId } = request.spanContext();
    expect(new Set(traces.spans.map((span) => span.spanContext().traceId))).toEqual(
      new Set([traceId]),
    );
    expect(parentOf(traces.span('send bank'))).toBe(spanId);
    expect(parentOf(traces.span('send stock'))).toBe(spanId);
    const charged = traces.span('process bank');
    expect(parentOf(charged)).toBe(traces.span('send bank').spanContext().spanId);
    expect(parentOf(traces.span('send default'))).toBe(charged.spanContext().spanId);
    expect(parentOf(traces.span('process default'))).toBe(
      traces.span('send default').spanContext().spanId,
    );
    expect(charged.attributes).toMatchObject({
      'messaging.destination.name': 'bank',
      'carillon.event': 'OrderPlaced',
      'carillon.handler': 'Bank.charge',
    });
  });

  it('makes one span of many messages', async () => {
    const { container, queue } = shop();
    class Bank {
      @Deferred(Paid)
      book() {}
    }
    build(container, Bank);
    await start(container);

    await queue.deferAll([
      [Paid, 'a'],
      [Paid, 'b'],
    ]);
    await until(() => traces.spans.length === 3);
    await stop(container);

    const sent = traces.span('send default');
    expect(sent.attributes).toMatchObject({ 'messaging.batch.message_count': 2 });
    const processed = traces.spans.filter(({ name }) => name === 'process default');
    expect(processed.map(parentOf)).toEqual(new Array(2).fill(sent.spanContext().spanId));
  });

  it('says how an attempt has failed', async () => {
    const { container, queue } = shop();
    class Bank {
      #attempt = 0;

      @Deferred(Paid, { attempts: 2, backoff: 1 })
      async book() {
        this.#attempt += 1;
        await Promise.resolve();
        if (this.#attempt === 1) throw new RangeError('no money');
      }
    }
    build(container, Bank);
    await start(container);

    await queue.defer(Paid, 'a');
    await until(() => traces.spans.length === 3);
    await stop(container);

    const [first, second] = traces.spans.filter(({ name }) => name === 'process default');
    expect(first?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no money' });
    expect(first?.attributes).toMatchObject({ 'error.type': 'RangeError' });
    expect(first?.events.map(({ name }) => name)).toEqual(['exception']);
    expect(second?.status.code).toBe(SpanStatusCode.UNSET);
    expect(second?.attributes).toMatchObject({ 'carillon.message.attempt': 2 });
    expect(second?.spanContext().traceId).toBe(first?.spanContext().traceId);
  });

  it('says that the sending was refused', async () => {
    const { container, queue } = shop({ queues: { default: { limit: 1, whenFull: 'reject' } } });
    class Bank {
      @Deferred(Paid)
      book() {}
    }
    build(container, Bank);

    await queue.defer(Paid, 'a');
    await expect(queue.defer(Paid, 'b')).rejects.toMatchObject({ code: 'CAR5012' });

    const [, refused] = traces.spans;
    expect(refused?.status.code).toBe(SpanStatusCode.ERROR);
    expect(refused?.attributes).toMatchObject({ 'error.type': 'CAR5012' });
  });

  it('carries the baggage along', async () => {
    const { container, queue } = shop();
    const heard: unknown[] = [];
    class Bank {
      @Deferred(Paid)
      async book() {
        await Promise.resolve();
        heard.push(propagation.getActiveBaggage()?.getEntry('tenant')?.value);
      }
    }
    build(container, Bank);
    await start(container);

    const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
    await context.with(propagation.setBaggage(context.active(), baggage), () =>
      queue.defer(Paid, 'a'),
    );
    await until(() => heard.length === 1);
    await stop(container);

    expect(heard).toEqual(['acme']);
  });
});

describe('an engine', () => {
  const OUTSIDE = createContextKey('outside');

  function watched() {
    const seen = { suppressed: [] as boolean[] };
    const { engine, outcome } = engineByHand(async () => {
      seen.suppressed.push(isTracingSuppressed(context.active()));
      return [];
    });
    return { seen, outcome, jobs: engine.options() };
  }

  it('does not describe a message once more by spans of its client', async () => {
    const { jobs, seen } = watched();
    const { container, queue } = shop({ queues: { jobs } });
    class Clerk {
      @Deferred(Job, { queue: 'jobs', id: 'clerk' })
      work() {}
    }
    build(container, Clerk);

    await queue.defer(Job, 1);

    expect(seen.suppressed).toEqual([true]);
    expect(traces.spans.map(({ name }) => name)).toEqual(['send jobs']);
  });

  it('keeps what its client adds to the context, and still makes no spans in it', async () => {
    const INSIDE = createContextKey('inside');
    const seen: unknown[] = [];
    const look = () => {
      const active = context.active();
      seen.push([active.getValue(INSIDE), active.getValue(OUTSIDE), isTracingSuppressed(active)]);
    };
    const { engine } = engineByHand(async () => {
      const added = context.active().setValue(INSIDE, 'of the client');
      context.with(added, look);
      context.with(added.deleteValue(INSIDE).deleteValue(OUTSIDE), look);
      context.with(context.active().deleteValue(OUTSIDE), look);
      return [];
    });
    const { queue } = shop({ queues: { jobs: engine.options() } });

    await context.with(ROOT_CONTEXT.setValue(OUTSIDE, 'of the request'), () =>
      queue.defer(Job, 1, { queue: 'jobs' }),
    );

    expect(seen).toEqual([
      ['of the client', 'of the request', true],
      [undefined, undefined, true],
      [undefined, undefined, true],
    ]);
  });

  it('keeps the spans of its client where they are wanted', async () => {
    const { jobs, seen } = watched();
    const telemetry = openTelemetry({ ...traces.options, clientSpans: true });
    const { container, queue } = shop({ telemetry, queues: { jobs } });
    class Clerk {
      @Deferred(Job, { queue: 'jobs', id: 'clerk' })
      work() {}
    }
    build(container, Clerk);

    await queue.defer(Job, 1);

    expect(seen.suppressed).toEqual([false]);
  });

  it('is connected outside of the trace at hand, and its handlers begin outside of it', async () => {
    const { jobs, outcome } = watched();
    const { container } = shop({ queues: { jobs } });
    const heard: unknown[] = [];
    class Clerk {
      @Deferred(Job, { queue: 'jobs', id: 'clerk' })
      work() {
        heard.push(context.active().getValue(OUTSIDE));
      }
    }
    build(container, Clerk);

    const request = await traces.request('boot', () =>
      context.with(context.active().setValue(OUTSIDE, 'of the start'), () => start(container)),
    );
    await outcome({ ...STORED, handler: 'clerk' }, 1);

    expect(heard).toEqual([undefined]);
    const processed = traces.span('process jobs');
    expect(parentOf(processed)).toBeUndefined();
    expect(processed.spanContext().traceId).not.toBe(request.spanContext().traceId);
  });
});

describe('emit', () => {
  it('makes no span; what a handler sends belongs to the span around the emit', async () => {
    const { container, bus, emitter } = shop();
    class Desk {
      @On(Paid)
      async paid() {
        await Promise.resolve();
        await bus.publish(new OrderPlaced());
      }
    }
    build(container, Desk);

    const request = await traces.request('POST /pay', () => emitter.emit(Paid, 'a'));
    await until(() => traces.spans.length === 2);

    expect(parentOf(traces.span('publish OrderPlaced'))).toBe(request.spanContext().spanId);
  });

  it('makes a span for each handler where it is asked to', async () => {
    const { container, emitter, bus } = shop({
      interceptors: [handlerSpans({ tracerProvider: traces.tracerProvider })],
    });
    class Desk {
      @On(Paid)
      paid() {}

      @On(Paid)
      async failing() {
        await Promise.resolve();
        throw new RangeError('no');
      }

      @Subscribe(OrderPlaced)
      placed() {}
    }
    build(container, Desk);

    const request = await traces.request('POST /pay', () => {
      emitter.emit(Paid, 'a');
      return bus.publish(new OrderPlaced());
    });
    await until(() => traces.spans.length === 5);

    const spans = ['handle Desk.paid', 'handle Desk.failing'].map((name) => traces.span(name));
    expect(spans.map(parentOf)).toEqual(new Array(2).fill(request.spanContext().spanId));
    expect(spans.map(({ status }) => status.code)).toEqual([
      SpanStatusCode.UNSET,
      SpanStatusCode.ERROR,
    ]);
    expect(spans[0]?.attributes).toEqual({
      'carillon.event': 'paid',
      'carillon.handler': 'Desk.paid',
      'carillon.scope': 'application',
    });
  });
});

describe('each span', () => {
  it('says which package made it, and of which version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    const { tracerProvider } = traces;
    const { container, bus, emitter } = shop({ interceptors: [handlerSpans({ tracerProvider })] });
    class Mailer {
      @On(Paid)
      @Subscribe(OrderPlaced)
      mail() {}
    }
    build(container, Mailer);

    emitter.emit(Paid, 'a');
    await bus.publish(new OrderPlaced());
    await until(() => traces.spans.length === 3);

    for (const { instrumentationScope } of traces.spans)
      expect(instrumentationScope).toMatchObject({ name: 'carillon', version });
  });
});

describe('options', () => {
  it.each([
    [() => openTelemetry({ tracerProvider: {} as never })],
    [() => openTelemetry({ topic: () => '' } as never)],
    [() => handlerSpans({ tracerProvider: 1 as never })],
  ])('are checked when they are given', (make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'CAR7070' }));
  });

  it('are not needed: without an SDK nothing happens', async () => {
    const { container, bus } = shop({ telemetry: openTelemetry() });
    const heard: string[] = [];
    class Desk {
      @Subscribe(Paid)
      paid(id: string) {
        heard.push(id);
      }
    }
    build(container, Desk);

    await context.with(ROOT_CONTEXT, () => bus.publish(Paid, 'a'));

    expect(heard).toEqual(['a']);
    expect(traces.spans).toEqual([]);
  });
});
