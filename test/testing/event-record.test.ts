/** The record of what an application sends, the assertions on it, and the matchers for `expect`. */
import { describe, expect, it } from '@jest/globals';
import { defineEvent, EventBus, EventQueue, Events, On, ScopedEmitter, Subscribe } from 'carillon';
import { openScope } from 'carillon/inversify';
import {
  assertDeferred,
  assertEmitted,
  assertNothingSent,
  assertPublished,
  assertSentInOrder,
  assertSentTimes,
  type EventMatchers,
  eventMatchers,
  recordEvents,
} from 'carillon/testing';
import { Container } from 'inversify';
import { build, rootContainer } from '../support/container.js';

declare module 'expect' {
  interface Matchers<R> extends EventMatchers<R> {}
}

expect.extend(eventMatchers);

class OrderPlaced {
  constructor(
    readonly id: string,
    readonly customer = { name: 'Ann', city: 'York' },
  ) {}
}

class RushOrderPlaced extends OrderPlaced {}

class OrderSent {}

const Tick = defineEvent<number>('tick');

describe('recordEvents', () => {
  it('has what was emitted, published and deferred, with its scope, in order, heard or not', async () => {
    const { container } = rootContainer({ name: 'shop' });
    const request = openScope(container, { name: 'request' });
    const record = recordEvents(container);

    request.get(ScopedEmitter).emit(new OrderPlaced('1'));
    await container.get(EventBus).publish('order.placed', '1');
    await container.get(EventQueue).defer(Tick, 16);
    await container.get(ScopedEmitter).emitAsync(Tick, 17);

    expect(
      record.all.map(({ verb, event, payload, scope }) => [verb, event, payload, scope]),
    ).toEqual([
      ['emit', OrderPlaced, new OrderPlaced('1'), 'shop/request'],
      ['publish', 'order.placed', '1', 'shop'],
      ['defer', Tick, 16, 'shop'],
      ['emit', Tick, 17, 'shop'],
    ]);
    expect(record.emitted(Tick)).toEqual([17]);
    expect(record.published('order.*')).toEqual(['1']);
    expect(record.deferred(Tick)).toEqual([16]);
  });

  it('sees an event that was sent by the short way before', () => {
    const { container } = rootContainer();
    const emitter = container.get(ScopedEmitter);
    const heard: string[] = [];
    emitter.on(OrderPlaced, ({ id }) => heard.push(id));
    for (const id of ['1', '2']) emitter.emit(new OrderPlaced(id));

    const record = recordEvents(container);
    for (const id of ['3', '4']) emitter.emit(new OrderPlaced(id));
    record.stop();
    emitter.emit(new OrderPlaced('5'));

    expect(record.emitted(OrderPlaced).map(({ id }) => id)).toEqual(['3', '4']);
    expect(heard).toEqual(['1', '2', '3', '4', '5']);
  });

  it('has an event before what its handlers send', async () => {
    class Packer {
      constructor(readonly events: Events) {}

      @On(OrderPlaced)
      @Subscribe(OrderPlaced)
      pack() {
        this.events.emit(new OrderSent());
      }
    }
    const { container } = rootContainer();
    container
      .bind(Packer)
      .toDynamicValue(({ get }) => new Packer(get(Events)))
      .inSingletonScope();
    container.get(Packer);
    const record = recordEvents(container);

    container.get(Events).emit(new OrderPlaced('1'));
    await container.get(Events).publish(new OrderPlaced('2'));

    expect(record.all.map(({ event }) => event)).toEqual([
      OrderPlaced,
      OrderSent,
      OrderPlaced,
      OrderSent,
    ]);
  });

  it('lets subscribers start in the turn of the publisher, as they do unwatched', () => {
    const { container } = rootContainer();
    const bus = container.get(EventBus);
    const heard: number[] = [];
    bus.subscribe(Tick, (dt) => heard.push(dt));
    recordEvents(container);

    void bus.publish(Tick, 16);

    expect(heard).toEqual([16]);
  });

  it('has not what was refused', async () => {
    const { container } = rootContainer({ queues: { default: { limit: 1 } } });
    const queue = container.get(EventQueue);
    const record = recordEvents(container);

    await queue.defer(Tick, 1);
    await expect(queue.defer(Tick, 2, { delay: 1 })).rejects.toMatchObject({ code: 'CAR5012' });

    expect(record.deferred(Tick)).toEqual([1]);
  });

  it('has each of many that are deferred together', async () => {
    const { container } = rootContainer();
    const record = recordEvents(container);

    await container.get(EventQueue).deferAll([[Tick, 1], [new OrderPlaced('1')], [Tick, 2]]);

    expect(record.all.map(({ verb, event }) => [verb, event])).toEqual([
      ['defer', Tick],
      ['defer', OrderPlaced],
      ['defer', Tick],
    ]);
  });

  it('stands beside others, and beside the observer of the application, whichever goes first', () => {
    const calls: string[] = [];
    const observer = {
      called: (handler: string) => void calls.push(handler),
      unheard: (event: string) => void calls.push(event),
    };
    const { container } = rootContainer({ observer });
    const emitter = container.get(ScopedEmitter);
    const [first, second, third] = [
      recordEvents(container),
      recordEvents(container),
      recordEvents(container),
    ];

    second.stop();
    second.stop();
    emitter.emit(Tick, 1);
    first.stop();
    emitter.emit(Tick, 2);
    third.stop();
    emitter.emit(Tick, 3);

    expect([first, second, third].map((record) => record.emitted(Tick))).toEqual([[1], [], [1, 2]]);
    expect(calls).toEqual(['tick', 'tick', 'tick']);
  });

  it('refuses a container without events', () => {
    expect(() => recordEvents(new Container())).toThrow('CAR7053');
  });

  it('keeps nothing of what was sent before it was cleared', () => {
    const { container } = rootContainer();
    using record = recordEvents(container);
    container.get(ScopedEmitter).emit(Tick, 1);

    record.clear();
    container.get(ScopedEmitter).emit(Tick, 2);

    expect(record.emitted(Tick)).toEqual([2]);
  });
});

async function shop() {
  const { container } = rootContainer({ name: 'shop' });
  build(container, class Nobody {});
  const record = recordEvents(container);
  container.get(ScopedEmitter).emit(new RushOrderPlaced('1'));
  await container.get(EventBus).publish(new OrderSent());
  await container.get(EventQueue).defer(Tick, 16);
  return record;
}

describe('the assertions', () => {
  it('hold for what was sent, by a part of its payload, by a predicate, or by what decides itself', async () => {
    const record = await shop();

    assertEmitted(record, OrderPlaced);
    assertEmitted(record, OrderPlaced, { customer: { name: 'Ann' } });
    assertEmitted(record, OrderPlaced, {
      id: expect.stringMatching(/\d/),
      customer: expect.any(Object),
    });
    assertEmitted(record, RushOrderPlaced, ({ id }) => id === '1');
    assertPublished(record, OrderSent);
    assertDeferred(record, Tick, 16);
    assertSentTimes(record, OrderPlaced, 1);
    assertSentInOrder(record, [OrderPlaced, Tick]);
    expect(record.all).toHaveLength(3);
  });

  it.each<[string, (record: Awaited<ReturnType<typeof shop>>) => void]>([
    [
      'another payload',
      (record) => assertEmitted(record, OrderPlaced, { customer: { name: 'Bob' } }),
    ],
    [
      'a part that is not there',
      (record) => assertEmitted(record, OrderPlaced, { customer: { name: 'Ann', city: 'Leeds' } }),
    ],
    ['a predicate that says no', (record) => assertEmitted(record, OrderPlaced, () => false)],
    ['another verb', (record) => assertPublished(record, OrderPlaced)],
    ['another value', (record) => assertDeferred(record, Tick, 17)],
    ['another count', (record) => assertSentTimes(record, OrderPlaced, 2)],
    ['another order', (record) => assertSentInOrder(record, [Tick, OrderPlaced])],
    ['nothing', assertNothingSent],
  ])('fail for %s, with all that was sent', async (_, assert) => {
    const record = await shop();

    expect(() => assert(record)).toThrow(
      /^CAR7050: Expected that .*\n {2}emitted RushOrderPlaced RushOrderPlaced \{"id":"1".* in "shop"\n {2}published OrderSent OrderSent \{\} in "shop"\n {2}deferred tick 16 in "shop"$/s,
    );
  });

  it('say in words what was expected', async () => {
    const record = await shop();

    expect(() => assertEmitted(record, OrderPlaced, { id: '2' })).toThrow(
      'Expected that OrderPlaced like {"id":"2"} was emitted. Sent were:',
    );
    expect(() => assertSentInOrder(record, [Tick, OrderSent])).toThrow(
      'Expected that tick, then OrderSent were sent in that order. OrderSent did not come in its place.',
    );
    expect(() => assertSentTimes(record, Tick, 2)).toThrow(
      'Expected that tick was sent 2 time(s). It was 1.',
    );
  });
});

describe('the matchers', () => {
  it('hold where the assertions do', async () => {
    const record = await shop();

    expect(record).toHaveEmitted(OrderPlaced, { id: '1' });
    expect(record).not.toHaveEmitted(OrderPlaced, { id: '2' });
    expect(record).toHavePublished(OrderSent);
    expect(record).not.toHavePublished(Tick);
    expect(record).toHaveDeferred(Tick, 16);
    expect(record).toHaveSentTimes(Tick, 1);
    expect(record).toHaveSentInOrder([OrderPlaced, OrderSent, Tick]);
    expect(record).not.toHaveSentInOrder([OrderSent, OrderPlaced]);
    expect(record).not.toHaveSentNothing();
  });

  it('tell of what was sent when they fail, both ways', async () => {
    const record = await shop();

    expect(() => expect(record).toHaveEmitted(Tick)).toThrow(
      'Expected that tick was emitted. Sent were:',
    );
    expect(() => expect(record).not.toHaveDeferred(Tick)).toThrow(
      'Expected not that tick was deferred. Sent were:',
    );
    expect(() => expect({}).toHaveSentNothing()).toThrow('recordEvents(container)');
  });
});
