/** Handlers whose calls are spread over time, or put together. */
import { describe, expect, it } from '@jest/globals';
import {
  type BatchOptions,
  type CarillonError,
  Deferred,
  type Delivery,
  defineEvent,
  EventBus,
  EventQueue,
  On,
  Once,
  type PacingOptions,
  Subscribe,
  sleep,
} from 'carillon';
import { census, openScope, scopeOf, start } from 'carillon/inversify';
import { build } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';
import { type Stage, stage } from '../support/stage.js';

const Typed = defineEvent<string>('typed');

const log: unknown[] = [];

function logged(): unknown[] {
  return log.splice(0);
}

/** A handler of {@link Typed} that is paced so, and writes down what it gets and when. */
function paced(
  options: PacingOptions,
  { clock }: Stage<ReturnType<typeof stage>['clock']>,
): new () => object {
  class Search {
    @On(Typed, options)
    look(text: string) {
      log.push(`${text}@${clock.now()}`);
      return text;
    }
  }
  return Search;
}

/** Emits each text after so many milliseconds, and lets time pass at the end. */
function type(
  { scope, clock }: ReturnType<typeof stage>,
  texts: readonly (readonly [after: number, text: string])[],
): void {
  for (const [after, text] of texts) {
    for (let passed = 0; passed < after; passed += 10) clock.tick(10);
    scope.emitter.emit(Typed, text);
  }
  for (let passed = 0; passed < 1000; passed += 10) clock.tick(10);
}

const KEYS = [
  [0, 'a'],
  [50, 'ab'],
  [50, 'abc'],
  [300, 'd'],
  [80, 'de'],
] as const;

describe('debounce', () => {
  it('S3 calls with the latest event once none has come for so long', () => {
    const world = stage();
    build(world.container, paced({ debounce: '100ms' }, world));

    type(world, KEYS);

    expect(logged()).toEqual(['abc@200', 'de@580']);
    expect(world.clock.pending).toBe(0);
  });

  it('lets whoever waits for an event that was passed over go on with nothing', async () => {
    const world = stage();
    build(world.container, paced({ debounce: 100 }, world));

    const first = world.scope.emitter.emitAsync(Typed, 'a');
    const second = world.scope.emitter.emitAsync(Typed, 'ab');
    world.clock.tick(100);

    expect({ first: await first, second: await second }).toEqual({
      first: [undefined],
      second: ['ab'],
    });
    logged();
  });
});

describe('throttle', () => {
  it.each([
    ['100ms', ['a@0', 'ab@100', 'abc@200', 'd@400', 'de@500']],
    [{ every: '200ms' }, ['a@0', 'abc@200', 'd@400', 'de@600']],
    [{ every: 200, trailing: false }, ['a@0', 'd@400']],
    [{ every: 200, leading: false }, ['abc@200', 'de@600']],
  ] as const)('S3 calls once in %p at most', (throttle, expected) => {
    const world = stage();
    build(world.container, paced({ throttle }, world));

    type(world, KEYS);

    expect(logged()).toEqual(expected);
    expect(world.clock.pending).toBe(0);
  });

  it('E3 gives the error of a call at once to the emit, and reports that of a later one', async () => {
    const { container, scope, clock, errors } = stage();
    class Search {
      @On(Typed, { throttle: 100 })
      look(text: string) {
        throw new Error(text);
      }
    }
    build(container, Search);

    expect(() => scope.emitter.emit(Typed, 'a', { errors: 'throw' })).toThrow(
      expect.objectContaining({ code: 'CAR4002' }),
    );
    scope.emitter.emit(Typed, 'ab');
    clock.tick(100);
    await settle();

    expect(errors.map(({ cause }) => (cause as Error).message)).toEqual(['ab']);
  });
});

describe('batch', () => {
  it('S3 calls with a list when there are enough, or when the first has waited long enough', () => {
    const { container, scope, clock } = stage();
    class Archive {
      @On(Typed, { batch: { size: 3, within: '100ms' } })
      store(texts: readonly string[]) {
        log.push([clock.now(), ...texts]);
      }
    }
    build(container, Archive);

    for (const text of ['a', 'b', 'c', 'd']) scope.emitter.emit(Typed, text);
    clock.tick(60);
    scope.emitter.emit(Typed, 'e');
    clock.tick(40);
    clock.tick(100);

    expect(logged()).toEqual([
      [0, 'a', 'b', 'c'],
      [100, 'd', 'e'],
    ]);
    expect(clock.pending).toBe(0);
  });

  it('gives its value to everybody who waits for one of the events', async () => {
    const { container, scope } = stage();
    class Archive {
      @On(Typed, { batch: { size: 2, within: 100 } })
      async store(texts: readonly string[], delivery: Delivery) {
        return `${texts.length} of ${delivery.event}`;
      }
    }
    build(container, Archive);

    const values = ['a', 'b'].map((text) => scope.emitter.emitAsync(Typed, text));

    expect(await Promise.all(values)).toEqual([['2 of typed'], ['2 of typed']]);
  });

  it('S2 gives its error to everybody who waits, and reports it once where nobody does', async () => {
    const { container, scope, errors } = stage();
    class Archive {
      @On(Typed, { batch: { size: 4, within: 100 } })
      store() {
        throw new Error('full');
      }
    }
    build(container, Archive);

    const waiting = scope.emitter.emitAsync(Typed, 'a');
    for (const text of ['b', 'c', 'd']) scope.emitter.emit(Typed, text);

    await expect(waiting).rejects.toMatchObject({ errors: [{ cause: { message: 'full' } }] });
    expect(
      errors.map(({ code, message }) => [code, /Archive\.store .*full/.test(message)]),
    ).toEqual([['CAR4001', true]]);
  });

  it('asks when for each event', () => {
    const { container, scope } = stage();
    class Archive {
      @On(Typed, { batch: { size: 2, within: 100 }, when: (text) => text !== 'b' })
      store(texts: readonly string[]) {
        log.push(texts);
      }
    }
    build(container, Archive);

    for (const text of ['a', 'b', 'c']) scope.emitter.emit(Typed, text);

    expect(logged()).toEqual([['a', 'c']]);
  });

  it('S1 is taken by a generator method, with its overlap', () => {
    const { container, scope, clock } = stage();
    class Archive {
      @On(Typed, { batch: { size: 2, within: 100 }, overlap: 'queue' })
      *store(texts: readonly string[]) {
        log.push(['began', ...texts]);
        yield* sleep(10);
        log.push(['ended', ...texts]);
      }
    }
    build(container, Archive);

    for (const text of ['a', 'b', 'c', 'd']) scope.emitter.emit(Typed, text);
    for (let tick = 0; tick < 4; tick += 1) clock.tick(10);

    expect(logged()).toEqual([
      ['began', 'a', 'b'],
      ['ended', 'a', 'b'],
      ['began', 'c', 'd'],
      ['ended', 'c', 'd'],
    ]);
  });

  it('of @Subscribe takes what is published', async () => {
    const { container } = stage();
    class Archive {
      @Subscribe(Typed, { batch: { size: 2, within: 100 } })
      store(texts: readonly string[]) {
        log.push(texts);
      }
    }
    build(container, Archive);
    const bus = container.get(EventBus);

    const published = ['a', 'b'].map((text) => bus.publish(Typed, text));
    await Promise.all(published);

    expect(logged()).toEqual([['a', 'b']]);
  });

  it('L4 lets its handler await the end of its own scope', async () => {
    const { container } = stage();
    const child = openScope(container);
    class Archive {
      @On(Typed, { batch: { size: 2, within: 100 } })
      async store() {
        const { abandoned } = await scopeOf(child).disposeAsync();
        log.push(abandoned.length);
      }
    }
    build(child, Archive);

    for (const text of ['a', 'b']) scopeOf(child).emitter.emit(Typed, text);
    await settle();
    await settle();

    expect(logged()).toEqual([0]);
  });

  it('L2 is one run while it is called: the end of the scope waits for it and names it once', async () => {
    const { container, clock } = stage();
    const child = openScope(container);
    class Archive {
      @On(Typed, { batch: { size: 3, within: 100 } })
      store() {
        return new Promise(() => undefined);
      }
    }
    build(child, Archive);
    for (const text of ['a', 'b', 'c']) scopeOf(child).emitter.emit(Typed, text);
    await settle();
    expect(census(container).inFlight).toBe(1);

    const ended = scopeOf(child).disposeAsync({ drain: 10, abort: 10 });
    for (let tick = 0; tick < 3; tick += 1) {
      await settle();
      clock.tick(10);
    }

    expect((await ended).abandoned.map(({ method }) => method)).toEqual(['store']);
  });
});

describe('the end of the scope', () => {
  const options: readonly PacingOptions[] = [
    { debounce: 100 },
    { throttle: { every: 100, leading: false } },
  ];

  it.each(options)('L1 CAR6011: drops what %p holds, and reports it', async (option) => {
    const { container, clock, errors } = stage();
    const child = openScope(container, { name: 'page' });
    class Search {
      @On(Typed, option)
      look(text: string) {
        log.push(text);
      }
    }
    build(child, Search);
    const waiting = scopeOf(child).emitter.emitAsync(Typed, 'a');

    child[Symbol.dispose]();

    await expect(waiting).rejects.toMatchObject({ errors: [{ cause: { code: 'CAR3005' } }] });
    expect(errors.map(shown)).toEqual([
      ['CAR6011', 'Search.look still held 1 event(s) of typed when scope "page" ended'],
    ]);
    expect(clock.pending).toBe(0);
    clock.tick(1000);
    expect(logged()).toEqual([]);
  });

  it('L1 CAR6011: drops what a batch holds, and reports how much', () => {
    const { container, clock, errors } = stage();
    const child = openScope(container, { name: 'page' });
    class Archive {
      @On(Typed, { batch: { size: 3, within: 100 } })
      store(texts: readonly string[]) {
        log.push(texts);
      }
    }
    build(child, Archive);
    for (const text of ['a', 'b']) scopeOf(child).emitter.emit(Typed, text);

    child[Symbol.dispose]();
    clock.tick(1000);

    expect(errors.map(shown)).toEqual([
      ['CAR6011', 'Archive.store still held 2 event(s) of typed when scope "page" ended'],
    ]);
    expect(logged()).toEqual([]);
  });

  it('reports nothing where nothing is held', () => {
    const world = stage();
    const child = openScope(world.container);
    build(child, paced({ throttle: 100 }, world));
    scopeOf(child).emitter.emit(Typed, 'a');

    child[Symbol.dispose]();

    expect(world.errors).toEqual([]);
    expect(world.clock.pending).toBe(0);
    logged();
  });
});

describe('pacing that a handler cannot have', () => {
  const bad: readonly unknown[] = [
    { debounce: 'soon' },
    { debounce: -1 },
    { throttle: Number.NaN },
    { throttle: null },
    { throttle: { leading: true } },
    { throttle: { every: 10, leading: 'no' } },
    { throttle: { every: 10, leading: false, trailing: false } },
    { batch: { size: 0, within: 10 } },
    { batch: { size: 1.5, within: 10 } },
    { batch: { size: 3 } },
    { batch: null },
    { batch: 3 },
    { debounce: 10, throttle: 10 },
    { throttle: 10, batch: { size: 2, within: 10 } },
  ];

  it.each(bad)('CAR1007: %p', (options) => {
    expect(() => paced(options as PacingOptions, stage())).toThrow(
      expect.objectContaining({ code: 'CAR1007' }),
    );
  });

  it.each([
    [Once, { debounce: 10 }],
    [Once, { batch: { size: 2, within: 10 } }],
    [Deferred, { debounce: 10 }],
    [Deferred, { throttle: 10 }],
  ] as const)('CAR6010: %p with %p', (decorator, options) => {
    const { container } = stage();
    class Search {
      look() {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(
      Search.prototype,
      'look',
    ) as PropertyDescriptor;
    (decorator as typeof On)(Typed, options as PacingOptions)(Search.prototype, 'look', descriptor);

    expect(() => build(container, Search)).toThrow(
      expect.objectContaining({
        code: 'CAR6010',
        message: expect.stringContaining(`@${decorator.name} on Search.look`),
      }),
    );
  });
});

describe('a batch of @Deferred', () => {
  const batch: BatchOptions = { size: 3, within: 100 };

  it('Q2 has each message acknowledged when the call has settled well', async () => {
    const { container, clock, errors } = stage({ queues: { default: { concurrency: 3 } } });
    const stored = gate();
    class Archive {
      @Deferred(Typed, { batch })
      async store(texts: readonly string[]) {
        log.push(texts);
        await stored.promise;
      }
    }
    build(container, Archive);
    await start(container);
    const queue = container.get(EventQueue);
    for (const text of ['a', 'b', 'c']) await queue.defer(Typed, text);

    for (let turn = 0; turn < 4; turn += 1) {
      clock.tick(0);
      await settle();
    }
    expect(logged()).toEqual([['a', 'b', 'c']]);
    expect(census(container).inFlight).toBe(1);
    stored.open();
    await settle();

    expect(census(container).inFlight).toBe(0);
    expect(errors).toEqual([]);
  });
});

function shown({ code, message }: CarillonError): [string, string] {
  return [code, message.slice(`${code}: `.length).split(':')[0] as string];
}
