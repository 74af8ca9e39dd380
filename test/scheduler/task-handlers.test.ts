/** Generator methods as handlers. */
import { describe, expect, it } from '@jest/globals';
import {
  Deferred,
  type Delivery,
  defineEvent,
  EventBus,
  EventQueue,
  On,
  Once,
  type Overlap,
  type Signal,
  Subscribe,
  settled,
  sleep,
  until,
} from 'carillon';
import { openScope, scopeOf, start } from 'carillon/inversify';
import type { Container } from 'inversify';
import { build } from '../support/container.js';
import { settle } from '../support/manual-clock.js';
import { stage } from '../support/stage.js';

const Spawned = defineEvent<string>('spawned');
const Hit = defineEvent<string>('hit');

const log: unknown[] = [];

function logged(): unknown[] {
  return log.splice(0);
}

abstract class Guard {
  readonly id = 'guard';

  *watch(name: string) {
    try {
      log.push(`${this.id} sees ${name}`);
      const hit = yield* until(Hit, (target) => target === name);
      log.push(`${hit} is hit`);
      yield* sleep('2s');
      log.push(`${name} is gone`);
      return name;
    } finally {
      log.push(`leaves ${name}`);
    }
  }
}

class OnGuard extends Guard {
  @On(Spawned)
  override *watch(name: string) {
    return yield* super.watch(name);
  }
}

const verbs = {
  On: (container: Container, name: string) => scopeOf(container).emitter.emit(Spawned, name),
  Once: (container: Container, name: string) => scopeOf(container).emitter.emit(Spawned, name),
  Subscribe: (container: Container, name: string) => container.get(EventBus).publish(Spawned, name),
  Deferred: (container: Container, name: string) => container.get(EventQueue).defer(Spawned, name),
} as const;

const decorators = { On, Once, Subscribe, Deferred } as Record<keyof typeof verbs, typeof On>;

/** A guard that hears by that verb, with those options. */
function guardBy(verb: keyof typeof verbs, options: { overlap?: Overlap } = {}): new () => Guard {
  class Heard extends Guard {
    override *watch(name: string) {
      return yield* super.watch(name);
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(
    Heard.prototype,
    'watch',
  ) as TypedPropertyDescriptor<Guard['watch']>;
  decorators[verb](Spawned, options)(Heard.prototype, 'watch', descriptor);
  return Heard;
}

describe('a generator method', () => {
  it.each(Object.keys(verbs) as (keyof typeof verbs)[])(
    'S1 of @%s is a task that goes on from wait to wait',
    async (verb) => {
      const { container, clock, scope } = stage();
      build(container, guardBy(verb));
      await start(container);

      await verbs[verb](container, 'orc');
      clock.tick(0);
      await settle();
      expect(logged()).toEqual(['guard sees orc']);
      scope.emitter.emit(Hit, 'orc');
      expect(logged()).toEqual(['orc is hit']);
      clock.tick(2000);

      expect(logged()).toEqual(['orc is gone', 'leaves orc']);
    },
  );

  it.each(Object.keys(verbs) as (keyof typeof verbs)[])(
    'S4 L1 of @%s ends with its scope: finally runs, it is never resumed',
    async (verb) => {
      const { container, clock, errors } = stage();
      const child = openScope(container, { name: 'scene' });
      build(child, guardBy(verb));
      await start(container);
      await verbs[verb](verb === 'On' || verb === 'Once' ? child : container, 'orc');
      clock.tick(0);
      await settle();
      logged();

      child[Symbol.dispose]();
      expect(logged()).toEqual(['leaves orc']);
      expect(clock.pending).toBe(0);
      const { abandoned } = await scopeOf(child).disposeAsync();
      clock.tick(5000);

      expect(logged()).toEqual([]);
      expect(abandoned).toEqual([]);
      expect(errors.filter(({ code }) => code !== 'CAR4001')).toEqual([]);
    },
  );

  it('L7 S4 ends when its instance is unbound', () => {
    const { container, scope } = stage();
    build(container, OnGuard);
    scope.emitter.emit(Spawned, 'orc');
    logged();

    container.unbind(OnGuard);

    expect(logged()).toEqual(['leaves orc']);
  });

  it('S1 is also what on() takes; unsubscribing ends its tasks', () => {
    const { scope, clock } = stage();
    const off = scope.emitter.on(Spawned, function* (name) {
      try {
        yield;
        log.push(`resumed ${name}`);
        yield;
      } finally {
        log.push('left');
      }
    });

    scope.emitter.emit(Spawned, 'orc');
    clock.tick(0);
    off();
    clock.tick(0);

    expect(logged()).toEqual(['resumed orc', 'left']);
  });

  it('E4 gives its value to emitAsync when it has returned', async () => {
    const { container, scope, clock } = stage();
    build(container, OnGuard);

    const values = scope.emitter.emitAsync(Spawned, 'orc');
    scope.emitter.emit(Hit, 'orc');
    clock.tick(2000);

    expect(await values).toEqual(['orc']);
    logged();
  });

  it('L15 lets emitAsync reject when its scope ends first, and does not hang', async () => {
    const { container, clock } = stage();
    const child = openScope(container);
    build(child, OnGuard);
    const values = scopeOf(child).emitter.emitAsync(Spawned, 'orc');

    child[Symbol.dispose]();
    clock.tick(0);

    await expect(values).rejects.toThrow(
      expect.objectContaining({
        errors: [expect.objectContaining({ cause: expect.objectContaining({ code: 'CAR3005' }) })],
      }),
    );
    logged();
  });

  it('S2 that throws is reported with its names, and ends alone', () => {
    const { container, scope, clock, errors } = stage();
    class Climber {
      @On(Spawned)
      *climb(name: string) {
        yield;
        if (name === 'orc') throw new Error('out of rope');
        log.push(`${name} is up`);
      }
    }
    build(container, Climber);
    for (const name of ['orc', 'elf']) scope.emitter.emit(Spawned, name);

    clock.tick(0);

    return settle().then(() => {
      expect(logged()).toEqual(['elf is up']);
      expect(errors).toEqual([
        expect.objectContaining({
          code: 'CAR4001',
          className: 'Climber',
          method: 'climb',
          event: 'spawned',
        }),
      ]);
    });
  });

  it('E3 that throws before it yields gives its error to the emit', () => {
    const { container, scope } = stage();
    class Climber {
      @On(Spawned)
      *climb() {
        yield* this.#refuse();
      }

      *#refuse(): Generator<undefined> {
        if (scope.state === 'open') throw new Error('no');
        yield;
      }
    }
    build(container, Climber);

    expect(() => scope.emitter.emit(Spawned, 'orc', { errors: 'throw' })).toThrow(
      expect.objectContaining({ code: 'CAR4002' }),
    );
  });

  it('takes the delivery, whose signal is aborted when the task is ended', async () => {
    const { container } = stage();
    const signals: Signal[] = [];
    class Loader {
      @On(Spawned)
      *load(_: string, delivery: Delivery) {
        signals.push(delivery.signal);
        yield* settled(new Promise(() => undefined));
      }
    }
    const child = openScope(container);
    build(child, Loader);
    scopeOf(child).emitter.emit(Spawned, 'orc');

    child[Symbol.dispose]();

    expect(
      signals.map(({ aborted, reason }) => [aborted, (reason as { code?: string }).code]),
    ).toEqual([[true, 'CAR3005']]);
    await scopeOf(child).disposeAsync();
  });

  it('finds its signal aborted, with the reason, also when it asks for it only at its end', async () => {
    const { container } = stage();
    const reasons: unknown[] = [];
    class Loader {
      @On(Spawned)
      *load(_: string, delivery: Delivery) {
        try {
          yield* settled(new Promise(() => undefined));
        } finally {
          reasons.push(delivery.signal.reason, delivery.signal.reason);
        }
      }
    }
    const child = openScope(container);
    build(child, Loader);
    scopeOf(child).emitter.emit(Spawned, 'orc');

    child[Symbol.dispose]();

    expect(reasons[0]).toMatchObject({ code: 'CAR3005' });
    expect(reasons[1]).toBe(reasons[0]);
    await scopeOf(child).disposeAsync();
  });

  it('L4 may end its own scope from any of its turns', async () => {
    const { container, clock } = stage();
    const child = openScope(container);
    class Portal {
      @On(Spawned)
      *enter() {
        yield;
        child[Symbol.dispose]();
        log.push('until here');
        yield;
        log.push('resumed');
      }
    }
    build(child, Portal);
    scopeOf(child).emitter.emit(Spawned, 'orc');

    clock.tick(0);
    clock.tick(0);
    const { abandoned } = await scopeOf(child).disposeAsync();

    expect(logged()).toEqual(['until here']);
    expect(abandoned).toEqual([]);
  });

  it('L15 that ends its own scope before it yields lets emitAsync reject', async () => {
    const { container } = stage();
    const child = openScope(container);
    class Portal {
      @On(Spawned)
      *enter() {
        child[Symbol.dispose]();
        yield;
        log.push('resumed');
      }
    }
    build(child, Portal);

    const values = scopeOf(child).emitter.emitAsync(Spawned, 'orc');

    await expect(values).rejects.toMatchObject({ errors: [{ cause: { code: 'CAR3005' } }] });
    expect(logged()).toEqual([]);
  });

  it('E5 of @Once runs once, and its task outlives its subscription', () => {
    const { container, scope, clock } = stage();
    build(container, guardBy('Once'));

    for (const name of ['orc', 'elf']) scope.emitter.emit(Spawned, name);
    scope.emitter.emit(Hit, 'orc');
    clock.tick(2000);

    expect(logged()).toEqual(['guard sees orc', 'orc is hit', 'orc is gone', 'leaves orc']);
  });

  it('Q2 of @Deferred has its message acknowledged when the task has ended', async () => {
    const { container, scope, clock } = stage();
    build(container, guardBy('Deferred'));
    await start(container);
    const queue = container.get(EventQueue);
    for (const name of ['orc', 'elf']) await queue.defer(Spawned, name);
    clock.tick(0);
    await settle();
    expect(logged()).toEqual(['guard sees orc']);
    expect(queue.size()).toBe(1);

    scope.emitter.emit(Hit, 'orc');
    clock.tick(2000);
    await settle();
    clock.tick(0);
    await settle();

    expect(logged()).toEqual(['orc is hit', 'orc is gone', 'leaves orc', 'guard sees elf']);
  });
});

describe('overlap', () => {
  it.each([
    [
      'parallel',
      [
        'guard sees orc',
        'guard sees elf',
        'orc is hit',
        'elf is hit',
        'orc is gone',
        'leaves orc',
        'elf is gone',
        'leaves elf',
      ],
    ],
    [
      'restart',
      ['guard sees orc', 'leaves orc', 'guard sees elf', 'elf is hit', 'elf is gone', 'leaves elf'],
    ],
    ['ignore', ['guard sees orc', 'orc is hit', 'orc is gone', 'leaves orc']],
    ['queue', ['guard sees orc', 'orc is hit', 'orc is gone', 'leaves orc', 'guard sees elf']],
  ] as const)(
    '%p says what happens to a running task when the event comes again',
    (overlap, expected) => {
      const { container, scope, clock } = stage();
      build(container, guardBy('On', { overlap }));

      for (const name of ['orc', 'elf']) scope.emitter.emit(Spawned, name);
      for (const name of ['orc', 'elf']) scope.emitter.emit(Hit, name);
      clock.tick(2000);
      clock.tick(0);

      expect(logged()).toEqual(expected);
      scope.dispose();
      logged();
    },
  );

  it('is parallel by default', () => {
    const { container, scope } = stage();
    build(container, OnGuard);

    for (const name of ['orc', 'elf']) scope.emitter.emit(Spawned, name);

    expect(logged()).toEqual(['guard sees orc', 'guard sees elf']);
  });

  it('is of one instance: the tasks of another go on', () => {
    const { container, scope } = stage();
    const child = openScope(container);
    const service = guardBy('On', { overlap: 'restart' });
    build(container, service);
    build(child, service);
    scopeOf(child).emitter.emit(Spawned, 'elf');

    for (const name of ['orc', 'troll']) scope.emitter.emit(Spawned, name);

    expect(logged()).toEqual([
      'guard sees elf',
      'guard sees orc',
      'leaves orc',
      'guard sees troll',
    ]);
  });

  it("'restart' lets whoever waits for the former task go on with nothing, and aborts its signal", async () => {
    const { container, scope, errors } = stage();
    const signals: Signal[] = [];
    class Search {
      @On(Spawned, { overlap: 'restart' })
      *look(_: string, { signal }: Delivery) {
        signals.push(signal);
        yield* until(Hit);
        return 'found';
      }
    }
    build(container, Search);

    const first = scope.emitter.emitAsync(Spawned, 'a');
    const second = scope.emitter.emitAsync(Spawned, 'b');
    scope.emitter.emit(Hit, 'b');

    expect({ first: await first, second: await second }).toEqual({
      first: [undefined],
      second: ['found'],
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]?.reason).toMatchObject({ code: 'CAR6002' });
    expect(errors).toEqual([]);
  });

  it("'queue' begins each after the one before it, in order, in a tick of its own, and drops what waits with the scope", async () => {
    const { container, clock } = stage();
    const child = openScope(container);
    class Line {
      @On(Spawned, { overlap: 'queue' })
      *serve(name: string) {
        log.push(name);
        if (name === 'b') throw new Error('b fails at once');
        yield;
      }
    }
    build(child, Line);
    const { emitter } = scopeOf(child);
    const served = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      emitter.emitAsync(Spawned, name).then(
        () => name,
        ({ errors: [error] }) => error.cause,
      ),
    );

    for (let tick = 0; tick < 5; tick += 1) clock.tick(0);
    await settle();
    expect(logged()).toEqual(['a', 'b', 'c', 'd']);
    child[Symbol.dispose]();
    clock.tick(0);

    expect(await Promise.all(served)).toEqual([
      'a',
      expect.objectContaining({ message: 'b fails at once' }),
      'c',
      expect.objectContaining({ code: 'CAR3005' }),
      expect.objectContaining({ code: 'CAR3005' }),
    ]);
    expect(logged()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("'queue' lets what comes between two tasks wait behind what came before, and leaves no timer when the scope ends there", async () => {
    const { container, clock } = stage();
    const child = openScope(container);
    class Line {
      @On(Spawned, { overlap: 'queue' })
      *serve(name: string) {
        log.push(name);
        yield;
      }
    }
    build(child, Line);
    const { emitter } = scopeOf(child);
    for (const name of ['a', 'b']) emitter.emit(Spawned, name);
    clock.tick(0);

    emitter.emit(Spawned, 'c');
    clock.tick(0);
    clock.tick(0);
    expect(logged()).toEqual(['a', 'b']);
    await child[Symbol.asyncDispose]();

    expect(clock.pending).toBe(0);
  });

  it("'queue' does not go round in one tick for ever when the handler emits its own event", () => {
    const { container, scope, clock } = stage();
    class Echo {
      @On(Spawned, { overlap: 'queue' })
      *repeat(name: string) {
        log.push(name);
        scope.emitter.emit(Spawned, name);
        yield* [];
      }
    }
    build(container, Echo);

    scope.emitter.emit(Spawned, 'a');
    clock.tick(0);
    clock.tick(0);

    expect(logged()).toEqual(['a', 'a', 'a']);
  });

  it.each([['often'], [null], [1]])('CAR1007: refuses %p', (overlap) => {
    expect(() => guardBy('On', { overlap } as never)).toThrow(
      expect.objectContaining({ code: 'CAR1007' }),
    );
  });

  it.each(['restart', 'ignore'] as const)(
    'CAR6008: of @Deferred is not %p, which would lose messages',
    (overlap) => {
      const { container } = stage();

      expect(() => build(container, guardBy('Deferred', { overlap }))).toThrow(
        expect.objectContaining({ code: 'CAR6008' }),
      );
    },
  );

  it('CAR6008: belongs to a generator method', () => {
    const { container } = stage();
    class Plain {
      @On(Spawned, { overlap: 'queue' })
      hear() {}
    }

    expect(() => build(container, Plain)).toThrow(
      expect.objectContaining({
        code: 'CAR6008',
        message: expect.stringContaining('@On on Plain.hear'),
      }),
    );
  });

  it('CAR6008: an async generator is no handler', () => {
    const { container } = stage();
    class Stream {
      @On(Spawned)
      async *hear() {
        yield;
      }
    }

    expect(() => build(container, Stream)).toThrow(expect.objectContaining({ code: 'CAR6008' }));
  });
});
