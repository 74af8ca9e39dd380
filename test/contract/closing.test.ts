import { describe, expect, it } from '@jest/globals';
import {
  Deferred,
  type Delivery,
  EventQueue,
  Listener,
  On,
  ScopedEmitter,
  sleep,
  spawn,
  toObservable,
} from 'carillon';
import { audit, census, openScope, scopeOf, start, stop } from 'carillon/inversify';
import { type Container, injectable, preDestroy } from 'inversify';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

class Rang {}
class Asked {}
class Saved {}

const NEVER = new Promise<void>(() => undefined);

/** Counts what a handler of that container hears from now on. */
function listening(container: Container, service: new () => { heard: number } = counting()) {
  return build(container, service);
}

function counting() {
  class Bell {
    heard = 0;
    @On(Rang)
    hear() {
      this.heard += 1;
    }
  }
  return Bell;
}

function emptied(container: Container): Promise<void> {
  return (container.unbindAllAsync ?? container.unbindAll).call(container) as Promise<void>;
}

const ENDS: Record<string, (container: Container) => unknown> = {
  'dispose()': (container) => scopeOf(container).dispose(),
  'disposeAsync()': (container) => scopeOf(container).disposeAsync(),
  'stop()': (container) => stop(container),
  'unbindAll()': emptied,
};

describe('a tree of scopes that ends', () => {
  it.each(Object.keys(ENDS))(
    'L20 is closed as a whole before the end of a task runs, by %s',
    async (means) => {
      const { container, errors } = rootContainer();
      const bell = listening(container);
      const scene = openScope(container, { name: 'scene' });
      const younger = listening(openScope(scene, { name: 'younger' }));
      const { emitter } = scopeOf(container);
      const refused: unknown[] = [];
      spawn(scopeOf(scene), function* () {
        try {
          yield* sleep('1h');
        } finally {
          emitter.emit(new Rang());
          for (const open of [container, scene]) {
            try {
              openScope(open, { name: 'late' });
            } catch (error) {
              refused.push((error as { code: string }).code);
            }
          }
        }
      });
      const root = scopeOf(container);

      await ENDS[means]?.(container);
      await root.disposeAsync();

      expect({ bellHeard: bell.heard, youngerHeard: younger.heard }).toEqual({
        bellHeard: 0,
        youngerHeard: 0,
      });
      expect(refused).toEqual(['CAR3001', 'CAR3001']);
      expect(root.tree().filter(({ state }) => state !== 'ended')).toEqual([]);
      expect(errors.map(({ code }) => code)).toEqual(['CAR3004']);
    },
  );

  it('L20 is closed as a whole before those who listen to a signal are told', async () => {
    const { container } = rootContainer();
    const bell = listening(container);
    const scene = openScope(container, { name: 'scene' });
    const { emitter } = scopeOf(container);
    scopeOf(scene).emitter.on('patrol', function* (_: unknown, { signal }: Delivery) {
      signal.addEventListener('abort', () => emitter.emit(new Rang()));
      yield* sleep('1h');
    } as never);
    scopeOf(scene).emitter.emit('patrol', undefined as never);

    scopeOf(container).dispose();

    expect(bell.heard).toBe(0);
    await scopeOf(container).disposeAsync();
    expect(audit(container).isEmpty).toBe(true);
  });

  it('L20 an instance that is removed hears nothing of what the end of its own task does', () => {
    const { container } = rootContainer();
    const heard: string[] = [];
    const { emitter } = scopeOf(container);
    class Guard {
      @On('patrol')
      *patrol() {
        heard.push('patrol');
        try {
          yield* sleep('1h');
        } finally {
          emitter.emit('patrol', undefined as never);
          emitter.emit('left', undefined as never);
        }
      }
      @On('left')
      leave() {
        heard.push('left');
      }
    }
    build(container, Guard);
    emitter.emit('patrol', undefined as never);

    void container.unbind(Guard);

    expect(heard).toEqual(['patrol']);
  });

  it('L5 L20 what fails while it is closed stops nothing and reaches the caller', async () => {
    const { container } = rootContainer();
    const scene = openScope(container, { name: 'scene' });
    const ended: string[] = [];
    const complete = (name: string) => () => {
      ended.push(name);
      throw new Error(name);
    };
    for (const name of ['first', 'second'])
      toObservable(scopeOf(scene), Rang).subscribe({ complete: complete(name) });

    const ending = scopeOf(container).disposeAsync();

    await expect(ending).rejects.toMatchObject({
      code: 'CAR3003',
      errors: [new Error('first'), new Error('second')],
    });
    expect(ended).toEqual(['first', 'second']);
    expect(census(container).scopes).toBe(0);
  });
});

describe('the time of an end', () => {
  it('L21 leaves a @preDestroy behind that never settles, names it, and runs the others', async () => {
    const { container, clock } = rootContainer({ drain: 50, abort: 20 });
    const closed: string[] = [];
    @injectable()
    class Database {
      @On(Rang)
      hear() {}
      @preDestroy()
      async close() {
        await settle();
        closed.push('database');
      }
    }
    @injectable()
    class Socket {
      @On(Rang)
      hear() {}
      @preDestroy()
      close() {
        return NEVER;
      }
    }
    build(container, Database);
    const request = openScope(container, { name: 'request' });
    build(request, Socket);
    scopeOf(request).onDispose(function endless() {
      return NEVER;
    });

    const stopping = stop(container);
    await clock.advance(69);
    const early = [...closed];
    await clock.advance(1);
    await clock.advance(20);
    const report = await stopping;

    expect({ early, closed }).toEqual({ early: [], closed: ['database'] });
    expect(report.cleanups).toEqual([
      { cleanup: 'the clean-up endless', scope: 'request' },
      { cleanup: '@preDestroy or deactivation of Socket', scope: 'request' },
    ]);
    expect(census(container).scopes).toBe(0);
    expect(request.isCurrentBound(Socket)).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('L21 waits for a clean-up as long as it takes, where it settles in time', async () => {
    const { container, clock } = rootContainer({ drain: 50, abort: 20 });
    const finish = gate();
    scopeOf(container).onDispose(() => finish.promise);

    const ending = scopeOf(container).disposeAsync();
    await clock.advance(69);
    finish.open();

    expect((await ending).cleanups).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('L21 a parent with less time does not wait for that of its child', async () => {
    const { container, clock } = rootContainer({ drain: 10, abort: 10 });
    const request = openScope(container, { name: 'request', drain: '1h' });
    const ended: string[] = [];
    scopeOf(request).onDispose(() => void ended.push('last'));
    scopeOf(request).onDispose(() => NEVER);
    scopeOf(request).dispose();

    const stopping = stop(container);
    await clock.advance(20);
    await clock.advance(10);
    const { cleanups } = await stopping;

    expect(ended).toEqual(['last']);
    expect(cleanups).toEqual([{ cleanup: 'a clean-up', scope: 'request' }]);
  });

  it('L21 what dispose() leaves behind is reported, and its late failure as well', async () => {
    const { container, clock, errors } = rootContainer({ drain: 10, abort: 10 });
    const finish = gate();
    const request = openScope(container, { name: 'request' });
    scopeOf(request).onDispose(() => finish.promise);

    scopeOf(request).dispose();
    await clock.advance(30);
    finish.fail(new Error('too late'));
    await settle();

    expect(errors.map(({ code }) => code)).toEqual(['CAR3008', 'CAR3003']);
  });

  it('L21 a clean-up that awaits the end of its own scope is left behind', async () => {
    const { container, clock } = rootContainer({ drain: 10, abort: 10 });
    const scope = scopeOf(openScope(container, { name: 'scene' }));
    scope.onDispose(async () => void (await scope.disposeAsync()));

    const ending = scope.disposeAsync();
    await clock.advance(30);

    expect((await ending).cleanups).toHaveLength(1);
  });

  it('L21 L16 stop() and start() end while a build never settles', async () => {
    const { container, clock } = rootContainer({ drain: 10, abort: 10 });
    @injectable()
    class Database {
      @On(Rang)
      hear() {}
    }
    container
      .bind(Database)
      .toSelf()
      .inSingletonScope()
      .onActivation(() => NEVER as never);
    const starting = start(container);
    await settle();

    const stopping = stop(container);
    const started = await starting;
    await clock.advance(40);

    expect(started).toMatchObject({ built: [], failed: [] });
    expect((await stopping).cleanups).toEqual([
      { cleanup: 'the build of Database', scope: 'application' },
    ]);
  });

  it('L21 L16 start() returns when the application ends while an engine never answers', async () => {
    const backend = {
      add: () => () => undefined,
      start: () => NEVER,
      end() {},
      close: () => NEVER,
    };
    const bus = { name: 'mute', attach: () => backend };
    const { container, clock } = rootContainer({ drain: 10, abort: 10, bus: bus as never });
    const starting = start(container);
    await settle();

    const stopping = stop(container);
    await starting;
    await clock.advance(40);

    expect((await stopping).cleanups).toEqual([
      { cleanup: 'the end of the bus', scope: 'application' },
    ]);
  });

  it('L21 the scope of one delivery ends without its endless clean-up', async () => {
    const { container, clock, errors } = rootContainer({ drain: 10, abort: 10 });
    @Listener({ activation: 'event' })
    @injectable()
    class Job {
      @Deferred('job')
      async run() {}
      @preDestroy()
      close() {
        return NEVER;
      }
    }
    container.bind(Job).toSelf();
    await start(container);
    await container.get(EventQueue).defer('job', undefined as never);
    await clock.advance(1);

    await clock.advance(30);

    expect(census(container)).toMatchObject({ inFlight: 0, queued: 0 });
    expect(errors.map(({ code }) => code)).toEqual(['CAR3008']);
  });
});

describe('a handler that awaits an end', () => {
  const WAYS: Record<string, (container: Container) => Promise<unknown>> = {
    'disposeAsync()': (container) => scopeOf(container).disposeAsync(),
    'stop()': (container) => stop(container),
    'Symbol.asyncDispose': async (container) =>
      (container as unknown as AsyncDisposable)[Symbol.asyncDispose](),
    'unbindAllAsync()': emptied,
  };

  const isAsync = [true, false];
  it.each(Object.keys(WAYS).flatMap((way) => isAsync.map((each) => [way, each] as const)))(
    'L24 is not waited for on its first call: %s, by a method that is async: %s',
    async (way, isAsyncMethod) => {
      for (const where of ['root', 'child']) {
        const { container } = rootContainer();
        await start(container);
        const owner = where === 'root' ? container : openScope(container);
        let isOver = false;
        const end = async () => {
          await WAYS[way]?.(owner);
          isOver = true;
        };
        class Game {
          @On(Asked)
          quit(): Promise<void> {
            return end();
          }
        }
        class AsyncGame {
          @On(Asked)
          async quit(): Promise<void> {
            await end();
          }
        }
        build(owner, isAsyncMethod ? AsyncGame : Game);
        const { emitter } = scopeOf(owner);
        const scope = scopeOf(owner);

        emitter.emit(new Asked());
        const { abandoned } = await scope.disposeAsync();
        await settle();

        expect({ where, isOver, abandoned }).toEqual({ where: where, isOver: true, abandoned: [] });
      }
    },
  );

  it('L24 neither is the handler whose emit led to it, also on its first call', async () => {
    const { container } = rootContainer();
    const page = openScope(container, { name: 'page' });
    const { emitter } = scopeOf(page);
    class Page {
      @On(Asked)
      ask() {
        return emitter.emitAsync(new Rang());
      }
      @On(Rang)
      close() {
        return scopeOf(page).disposeAsync();
      }
    }
    build(page, Page);

    const outcome = emitter.emitAsync(new Asked());

    await expect(outcome).resolves.toEqual([[expect.objectContaining({ abandoned: [] })]]);
  });

  it('L2 L24 another one is waited for all the same, also one that only begins the end', async () => {
    const { container } = rootContainer();
    const scope = scopeOf(openScope(container));
    const { emitter } = scope;
    const [saved, left] = [gate(), gate()];
    const settled: string[] = [];
    emitter.on(Saved, async () => {
      await saved.promise;
      settled.push('saved');
    });
    emitter.on(Asked, async () => {
      scope.dispose();
      await left.promise;
      settled.push('left');
    });
    emitter.emit(new Saved());
    emitter.emit(new Asked());
    let isOver = false;
    const ending = scope.disposeAsync().then(() => {
      isOver = true;
    });

    saved.open();
    await settle();
    const early = isOver;
    left.open();
    await ending;

    expect({ early, settled }).toEqual({ early: false, settled: ['saved', 'left'] });
  });

  it('L24 the handler of a queue may await stop(), which empties the queue before', async () => {
    const { container, clock } = rootContainer({ queues: { work: { concurrency: 2 } } });
    const done: string[] = [];
    class Worker {
      @Deferred('quit', { queue: 'work' })
      async quit() {
        await stop(container);
        done.push('stopped');
      }
      @Deferred('job', { queue: 'work' })
      run() {
        done.push('job');
      }
    }
    build(container, Worker);
    await start(container);
    const queue = container.get(EventQueue);
    await queue.defer('quit', undefined as never);
    await queue.defer('job', undefined as never);

    await clock.advance(1);

    expect(done).toEqual(['job', 'stopped']);
    expect(clock.now()).toBe(1);
    expect(container.isBound(ScopedEmitter)).toBe(false);
  });
});
