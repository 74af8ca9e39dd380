/** What nobody hears, and what can be no event. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  createScope,
  defineEvent,
  EventBus,
  EventQueue,
  Events,
  EventType,
  ScopedEmitter,
} from 'carillon';
import { type ApplicationOptions, openScope } from 'carillon/inversify';
import { rootContainer } from '../support/container.js';

const SOURCE = readFileSync('test/dispatch/unheard.test.ts', 'utf8').split('\n');

class Rang {}

@EventType({ name: 'Alarm', bubbles: true })
class Alarm {}

@EventType({ name: 'AppReady', sticky: true })
class AppReady {}

const Level = defineEvent<number>('level');

function desk(options: ApplicationOptions = {}) {
  const fixture = rootContainer({ unheard: 'report', ...options });
  const { container, errors } = fixture;
  return {
    ...fixture,
    emitter: container.get(ScopedEmitter),
    bus: container.get(EventBus),
    queue: container.get(EventQueue),
    events: container.get(Events),
    /** The event of each report, and the marked line with which its stack begins. */
    reports: () =>
      errors.map(({ code, message, stack = '' }) => {
        const [, line] = /unheard\.test\.ts:(\d+):\d+\)?$/m.exec(stack) ?? [];
        const mark = /\/\/ (.*)$/.exec(SOURCE[Number(line) - 1] ?? '')?.[1];
        return `${code} ${/ (\S+) was/.exec(message)?.[1]} ${mark}`;
      }),
  };
}

describe('what nobody hears', () => {
  it('E23 is reported once for each event and place, whatever sends it', async () => {
    const { emitter, bus, events, reports } = desk();

    for (let round = 0; round < 3; round += 1) {
      emitter.emit(new Rang()); // an instance
      emitter.emit(Level, round); // a token
      emitter.emit('topic', round); // a topic
      emitter.emit(Level, round); // a second place
      emitter.emit(new Rang(), { errors: 'throw' }); // with options
      await emitter.emitAsync(new Rang()); // asynchronous
      await emitter.emitAsync(new Rang(), { strategy: 'serial' }); // one after another
      await emitter.emitAsync(new Rang(), { strategy: 'first' }); // until one answers
      await bus.publish(new Rang()); // published
      events.emit(new Rang()); // by the façade
      await events.publish(Level, round); // published by the façade
    }

    expect(reports()).toEqual([
      'CAR4017 Rang an instance',
      'CAR4017 level a token',
      'CAR4017 topic a topic',
      'CAR4017 level a second place',
      'CAR4017 Rang with options',
      'CAR4017 Rang asynchronous',
      'CAR4017 Rang one after another',
      'CAR4017 Rang until one answers',
      'CAR4017 Rang published',
      'CAR4017 Rang by the façade',
      'CAR4017 level published by the façade',
    ]);
  });

  it('E23 is what reaches no handler: one that has ended, one whose when says no, one below', async () => {
    const { container, emitter, reports } = desk();
    emitter.on(Rang, () => undefined)();
    emitter.on(Level, () => undefined, { when: (level) => level > 0 });
    openScope(container)
      .get(ScopedEmitter)
      .on('topic', () => undefined);

    emitter.emit(new Rang()); // ended
    emitter.emit(Level, 0); // no
    emitter.emit(Level, 1); // yes
    emitter.emit('topic', 1); // below

    expect(reports()).toEqual(['CAR4017 Rang ended', 'CAR4017 level no', 'CAR4017 topic below']);
  });

  it('E23 is not what somebody hears, above as well, nor what is kept for whoever comes late', async () => {
    const { container, emitter, bus, reports } = desk();
    const child = openScope(container).get(ScopedEmitter);
    emitter.on(Alarm, () => undefined);
    emitter.on('order.*', () => undefined);
    bus.subscribe(Rang, () => undefined);

    child.emit(new Alarm());
    emitter.emit('order.placed', 1);
    await bus.publish(new Rang());
    emitter.emit(new AppReady());
    emitter.emit(new Rang(), { sticky: true });
    emitter.settle(Level, 1);

    expect(reports()).toEqual([]);
  });

  it('E23 is reported beside an observer, and by a scope without a container', () => {
    const log: string[] = [];
    const scope = createScope({
      unheard: 'report',
      observer: { called: () => undefined, unheard: (event) => void log.push(event) },
      onError: ({ code }) => void log.push(code),
    });

    scope.emitter.emit(new Rang());

    expect(log).toEqual(['Rang', 'CAR4017']);
  });

  it('E23 is not reported where nobody asks for it', () => {
    const { emitter, errors } = desk({ unheard: undefined });

    emitter.emit(new Rang());

    expect(errors).toEqual([]);
  });
});

describe('what can be no event', () => {
  class Lazy {
    // biome-ignore lint/suspicious/noThenProperty: a promise of another make
    then() {}
  }

  const none: readonly [string, object][] = [
    ['a plain object', { id: '1' }],
    ['an empty object', {}],
    ['an object without a prototype', Object.create(null)],
    ['an array', [new Rang()]],
    ['a Map', new Map()],
    ['a Set', new Set()],
    ['a promise', Promise.resolve(new Rang())],
    ['a promise of another make', new Lazy()],
    ['a function', () => new Rang()],
    ['a class', Rang],
  ];

  it.each(none)('E23 CAR4004 is refused by every verb: %s', async (_, value) => {
    const { emitter, bus, queue, events } = desk();
    const event = value as Rang;
    const refusal = expect.objectContaining({ code: 'CAR4004' });

    // The second time, it would be the event that was emitted last.
    for (let round = 0; round < 2; round += 1) {
      expect(() => emitter.emit(event)).toThrow(refusal);
      expect(() => emitter.emit(event, { errors: 'throw' })).toThrow(refusal);
      expect(() => emitter.settle(event)).toThrow(refusal);
      expect(() => events.emit(event)).toThrow(refusal);
      await expect(emitter.emitAsync(event)).rejects.toEqual(refusal);
      await expect(bus.publish(event)).rejects.toEqual(refusal);
      await expect(queue.defer(event)).rejects.toEqual(refusal);
      await expect(queue.deferAll([[event]])).rejects.toEqual(refusal);
    }
  });

  it('E23 tells to await a promise', () => {
    const { emitter } = desk();

    expect(() => emitter.emit(Promise.resolve() as never)).toThrow('Await it first');
  });

  it('is the payload of a token or a topic all the same, and an instance of a class made from them', () => {
    class Orders extends Array<string> {}
    const { emitter } = desk();
    const heard: unknown[] = [];
    const Any = defineEvent<object>('any');
    emitter.on(Any, (payload) => heard.push(payload));
    emitter.on('topic', (payload) => heard.push(payload));
    emitter.on(Orders, (payload) => heard.push(payload));
    const promise = Promise.resolve();
    const orders = new Orders('1', '2');

    for (const payload of [{}, [], promise]) emitter.emit(Any, payload);
    emitter.emit('topic', promise);
    emitter.emit(orders as object);

    expect(heard).toEqual([{}, [], promise, promise, orders]);
  });
});
