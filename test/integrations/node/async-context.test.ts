/** The contexts of a program's own storages, where a handler runs later than it was called; and the handler that code belongs to. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import {
  Deferred,
  type Delivery,
  type DisposeOptions,
  defineEvent,
  EventBus,
  EventQueue,
  nextTick,
  On,
  ScopedEmitter,
  Subscribe,
} from 'carillon';
import { openScope, scopeOf, start } from 'carillon/inversify';
import { asyncContext } from 'carillon/node';
import { build, rootContainer } from '../../support/container.js';
import { gate } from '../../support/gate.js';
import { settle } from '../../support/manual-clock.js';
import { stage } from '../../support/stage.js';

class Rang {}

const Turned = defineEvent<number>('turned', { reentrancy: 'queue' });
const Level = defineEvent<number>('level', { sticky: true });

const user = new AsyncLocalStorage<string>();

function desk() {
  const fixture = rootContainer({ context: asyncContext(), record: true });
  return { ...fixture, emitter: fixture.container.get(ScopedEmitter), heard: [] as unknown[] };
}

describe('the context of the sender', () => {
  it('is kept for an event that waits until the one before it is done', () => {
    const { emitter, heard } = desk();
    emitter.on(Turned, (angle) => {
      heard.push([angle, user.getStore()]);
      if (angle === 1) user.run('inner', () => emitter.emit(Turned, 2));
    });

    user.run('outer', () => emitter.emit(Turned, 1));

    expect(heard).toEqual([
      [1, 'outer'],
      [2, 'inner'],
    ]);
  });

  it('is kept for a handler that is wired later', () => {
    const { emitter, heard } = desk();
    user.run('sticky', () => emitter.emit(Level, 1));
    user.run('recorded', () => emitter.emit('rang', undefined));

    user.run('late', () => {
      emitter.on(Level, () => heard.push(user.getStore()));
      emitter.on('rang', () => heard.push(user.getStore()), { replay: true });
    });

    expect(heard).toEqual(['sticky', 'recorded']);
  });

  it('is kept for an event that waits for the end of start()', async () => {
    const { container, emitter, heard } = desk();
    const slow = gate();
    class Slow {
      @On(Rang)
      hear() {
        heard.push(user.getStore());
      }
    }
    const make = async () => {
      await slow.promise;
      return new Slow();
    };
    container.bind(Slow).toDynamicValue(make).inSingletonScope();

    const started = start(container);
    user.run('early', () => emitter.emit(new Rang()));
    slow.open();
    await started;

    expect(heard).toEqual(['early']);
  });

  it('is kept for a message in memory, each its own', async () => {
    const { container, clock, heard } = desk();
    class Clerk {
      @Deferred(Rang)
      async file() {
        await Promise.resolve();
        heard.push(user.getStore());
      }
    }
    build(container, Clerk);
    const queue = container.get(EventQueue);

    await user.run('first', () => queue.defer(new Rang()));
    await user.run('second', () => queue.defer(new Rang(), { delay: 5 }));
    await user.run('starter', () => start(container));
    await clock.advance(5);

    expect(heard).toEqual(['first', 'second']);
  });

  it('is kept for a message that waits for a subscriber', async () => {
    const { container, heard } = desk();
    const first = gate();
    class Slow {
      @Subscribe(Rang, { concurrency: 1 })
      async hear() {
        await first.promise;
        heard.push(user.getStore());
      }
    }
    build(container, Slow);

    for (const name of ['first', 'second'])
      await user.run(name, () => container.get(EventBus).publish(new Rang()));
    first.open();
    await settle();

    expect(heard).toEqual(['first', 'second']);
  });

  it('is kept for a handler that is debounced', async () => {
    const { container, clock, emitter, heard } = desk();
    class Search {
      @On(Rang, { debounce: 100 })
      hear() {
        heard.push(user.getStore());
      }
    }
    build(container, Search);

    for (const name of ['first', 'latest']) user.run(name, () => emitter.emit(new Rang()));
    await clock.advance(100);

    expect(heard).toEqual(['latest']);
  });

  it('is kept for a task, whoever moves the clock', () => {
    const { container, clock, log } = stage({ context: asyncContext() });
    class Walker {
      @On(Rang)
      *walk() {
        log.push(user.getStore());
        yield* nextTick();
        log.push(user.getStore());
      }
    }
    build(container, Walker);

    user.run('sender', () => container.get(ScopedEmitter).emit(new Rang()));
    user.run('game loop', () => clock.tick(16));

    expect(log).toEqual(['sender', 'sender']);
  });
});

describe('a handler that ends its own scope', () => {
  async function endsAfter(
    context: ReturnType<typeof asyncContext> | undefined,
    optionsIn: (delivery: Delivery) => DisposeOptions = () => ({}),
  ): Promise<boolean> {
    const { container, clock } = rootContainer(context === undefined ? {} : { context });
    const request = openScope(container, { drain: 1000 });
    let ended = false;
    request.get(ScopedEmitter).on(Rang, async (_: Rang, delivery: Delivery) => {
      await Promise.resolve();
      await scopeOf(request).disposeAsync(optionsIn(delivery));
      ended = true;
    });
    request.get(ScopedEmitter).emit(new Rang());
    await clock.advance(0);
    return ended;
  }

  it('L4 is known after an await', async () => {
    expect(await endsAfter(asyncContext())).toBe(true);
  });

  it('L4 can say that it is within its delivery where the platform cannot tell', async () => {
    expect(await endsAfter(undefined, (delivery) => ({ delivery }))).toBe(true);
  });

  it('L4 is known within its own turn without any of that', async () => {
    const { container, clock } = rootContainer();
    const request = openScope(container, { drain: 1000 });
    let ended = false;
    request.get(ScopedEmitter).on(Rang, async () => {
      await scopeOf(request).disposeAsync();
      ended = true;
    });

    // One that is not known to be asynchronous yet is known by its promise.
    request.get(ScopedEmitter).emit(new Rang());
    await clock.advance(0);

    expect(ended).toBe(true);
  });
});
