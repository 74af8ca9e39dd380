import { describe, expect, it } from '@jest/globals';
import {
  Deferred,
  DisposalError,
  EventBus,
  EventQueue,
  Events,
  On,
  ScopedEmitter,
  Subscribe,
} from 'carillon';
import { census, openScope, scopeOf, start, stop } from 'carillon/inversify';
import { asyncContext } from 'carillon/node';
import type { Container } from 'inversify';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

class Rang {
  constructor(readonly note = '') {}
}

describe('the end of a life', () => {
  it('L1 starts no handler any more, not even one later in an emit that is under way', () => {
    const { container } = rootContainer();
    const request = openScope(container);
    const calls: string[] = [];
    class First {
      @On(Rang, { priority: 1 })
      hear() {
        calls.push('first');
        request[Symbol.dispose]();
      }
    }
    class Second {
      @On(Rang)
      hear() {
        calls.push('second');
      }
    }
    const emitter = request.get(ScopedEmitter);
    build(request, First);
    build(request, Second);

    emitter.emit(new Rang());
    emitter.emit(new Rang());

    expect(calls).toEqual(['first']);
  });

  it('L1 starts no handler from the bus, a queue, a timer or a microtask', async () => {
    const { container, clock } = rootContainer();
    await start(container);
    const request = openScope(container);
    const calls: string[] = [];
    class Listener {
      @On(Rang)
      hear() {
        calls.push('emitter');
      }
      @Subscribe(Rang)
      hearBus() {
        calls.push('bus');
      }
      @Deferred(Rang)
      work() {
        calls.push('queue');
      }
    }
    build(request, Listener);
    const emitter = request.get(ScopedEmitter);
    await container.get(EventQueue).defer(new Rang());
    clock.schedule(() => emitter.emit(new Rang()), 10);
    queueMicrotask(() => emitter.emit(new Rang()));

    request[Symbol.dispose]();
    await container.get(EventBus).publish(new Rang());
    await clock.advance(20);

    expect(calls).toEqual([]);
  });

  it('L1 is already so while disposeAsync waits for what is running', async () => {
    const { container } = rootContainer();
    const request = openScope(container);
    const open = gate();
    let calls = 0;
    class Slow {
      @On(Rang)
      async hear() {
        calls += 1;
        await open.promise;
      }
    }
    build(request, Slow);
    const emitter = request.get(ScopedEmitter);
    emitter.emit(new Rang());

    const ended = scopeOf(request).disposeAsync();
    await settle();
    emitter.emit(new Rang());
    open.open();
    await ended;

    expect(calls).toBe(1);
  });

  it.each(['emit', 'emitAsync', 'publish', 'defer'] as const)(
    'L2 waits for a handler that %s started',
    async (verb) => {
      const { container, clock } = rootContainer();
      await start(container);
      const request = openScope(container);
      const open = gate();
      class Slow {
        @On(Rang)
        @Subscribe(Rang)
        @Deferred(Rang)
        hear() {
          return open.promise;
        }
      }
      build(request, Slow);
      const send = {
        emit: () => request.get(ScopedEmitter).emit(new Rang()),
        emitAsync: () => void request.get(ScopedEmitter).emitAsync(new Rang()),
        publish: () => container.get(EventBus).publish(new Rang()),
        defer: () => container.get(EventQueue).defer(new Rang()),
      };
      await send[verb]();
      await clock.advance(1);
      let ended = false;

      const ending = scopeOf(request)
        .disposeAsync()
        .then((report) => {
          ended = true;
          return report;
        });
      await clock.advance(1000);
      const endedBefore = ended;
      open.open();
      const report = await ending;

      expect(endedBefore).toBe(false);
      expect(report.abandoned).toEqual([]);
    },
  );

  it('L2 waits also after a disposal that nobody awaited', async () => {
    const { container, clock } = rootContainer();
    const request = openScope(container);
    const open = gate();
    class Slow {
      @On(Rang)
      async hear() {
        await open.promise;
      }
    }
    build(request, Slow);
    request.get(ScopedEmitter).emit(new Rang());
    let ended = false;

    request[Symbol.dispose]();
    const ending = scopeOf(request)
      .disposeAsync()
      .then((report) => {
        ended = true;
        return report;
      });
    await clock.advance(100);
    const endedBefore = ended;
    open.open();
    const report = await ending;

    expect(endedBefore).toBe(false);
    expect(report).toMatchObject({ handlers: 1, abandoned: [] });
  });

  it('L2 names what is still running when the drain time is over', async () => {
    const { container, clock } = rootContainer();
    const request = openScope(container, { name: 'request 7', drain: 300 });
    class Stuck {
      @On(Rang)
      async hear() {
        await new Promise(() => undefined);
      }
    }
    class Quick {
      @On(Rang)
      async hear() {}
    }
    build(request, Stuck);
    build(request, Quick);
    request.get(ScopedEmitter).emit(new Rang());
    await clock.advance(50);

    const ending = scopeOf(request).disposeAsync();
    await clock.advance(300 + 1000);
    const report = await ending;

    expect(report).toEqual({
      scope: 'request 7',
      handlers: 2,
      leases: 0,
      cleanups: [],
      abandoned: [
        { className: 'Stuck', method: 'hear', event: 'Rang', scope: 'request 7', runningFor: 1350 },
      ],
    });
  });

  it('L4 gives a second call the same promise, and the same end', async () => {
    const { container } = rootContainer();
    const scope = scopeOf(openScope(container));
    let cleanups = 0;
    scope.onDispose(() => {
      cleanups += 1;
    });

    const first = scope.disposeAsync();
    const second = scope.disposeAsync();
    await first;
    scope.dispose();
    const third = scope.disposeAsync();

    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(cleanups).toBe(1);
  });

  it('L4 gives a clean-up that asks the promise of the end that it is a part of', async () => {
    const { container } = rootContainer();
    const scope = scopeOf(openScope(container));
    let asked: unknown;
    scope.onDispose(() => {
      asked = scope.disposeAsync();
    });

    const end = scope.disposeAsync();
    await end;

    expect(asked).toBe(end);
  });

  it.each(['emit', 'publish', 'defer'] as const)(
    'L4 lets a handler that %s started await the end of its own scope',
    async (verb) => {
      const { container, clock } = rootContainer({ context: asyncContext() });
      await start(container);
      const request = openScope(container, { drain: 1000 });
      let ended = false;
      class Last {
        @On(Rang)
        @Subscribe(Rang)
        @Deferred(Rang)
        async hear() {
          await Promise.resolve();
          await scopeOf(request).disposeAsync();
          ended = true;
        }
      }
      build(request, Last);
      const send = {
        emit: () => request.get(ScopedEmitter).emit(new Rang()),
        publish: () => container.get(EventBus).publish(new Rang()),
        defer: () => container.get(EventQueue).defer(new Rang()),
      };

      await send[verb]();
      await clock.advance(0);

      expect(ended).toBe(true);
    },
  );

  it('L4 lets a handler await the end through an event that it emits and awaits', async () => {
    const { container, clock } = rootContainer();
    const request = openScope(container, { drain: 1000 });
    class Asked {}
    let ended = false;
    class Outer {
      @On(Rang)
      async hear() {
        await request.get(ScopedEmitter).emitAsync(new Asked());
        ended = true;
      }
    }
    class Inner {
      @On(Asked)
      async hear() {
        await scopeOf(request).disposeAsync();
      }
    }
    build(request, Outer);
    build(request, Inner);

    request.get(ScopedEmitter).emit(new Rang());
    await clock.advance(0);

    expect(ended).toBe(true);
  });

  it.each([[undefined], [null], ['close'], [Promise.resolve()]])(
    'L1 CAR4005 refuses the clean-up %p at once',
    (cleanup) => {
      const { container } = rootContainer();

      expect(() => scopeOf(container).onDispose(cleanup as never)).toThrow(
        expect.objectContaining({ code: 'CAR4005' }),
      );
    },
  );

  it('L5 runs every clean-up, and gives all their errors to the caller together', async () => {
    const { container } = rootContainer();
    const request = openScope(container);
    const inner = openScope(request);
    const ran: string[] = [];
    const cleanup = (name: string) => () => {
      ran.push(name);
      throw new Error(name);
    };
    scopeOf(request).onDispose(cleanup('first'));
    scopeOf(request).onDispose(async () => cleanup('second')());
    scopeOf(inner).onDispose(cleanup('inner'));

    const failure = await scopeOf(request)
      .disposeAsync()
      .catch((error: unknown) => error);

    expect(ran).toEqual(['inner', 'second', 'first']);
    expect(failure).toBeInstanceOf(DisposalError);
    expect((failure as DisposalError).code).toBe('CAR3003');
    expect((failure as DisposalError).errors).toEqual([
      new Error('inner'),
      new Error('second'),
      new Error('first'),
    ]);
    expect(scopeOf(request).state).toBe('ended');
  });

  it('L5 does not reject because a handler failed while it was waited for', async () => {
    const { container, errors } = rootContainer();
    const request = openScope(container);
    const open = gate();
    class Failing {
      @On(Rang)
      async hear() {
        await open.promise;
      }
    }
    build(request, Failing);
    request.get(ScopedEmitter).emit(new Rang());

    const ending = scopeOf(request).disposeAsync();
    open.fail(new Error('no rope'));
    const report = await ending;

    expect(report.abandoned).toEqual([]);
    expect(errors).toEqual([expect.objectContaining({ code: 'CAR4001', className: 'Failing' })]);
  });

  it('has ended when dispose returns, where nothing has to be waited for', async () => {
    const { container } = rootContainer();
    const request = openScope(container, { name: 'request' });
    build(request, class Bell {});
    const ended: string[] = [];
    scopeOf(request).onDispose(() => void ended.push('cleaned up'));

    request[Symbol.dispose]();
    const at = [scopeOf(request).state, ...ended];
    const report = await scopeOf(request).disposeAsync();

    expect(at).toEqual(['ended', 'cleaned up']);
    expect(report).toEqual({
      scope: 'request',
      handlers: 0,
      leases: 0,
      abandoned: [],
      cleanups: [],
    });
    expect(scopeOf(container).children).toEqual([]);
  });

  it('L5 runs every clean-up of a disposal that nobody awaits, also after one that is waited for and one that fails', async () => {
    const { container, errors } = rootContainer();
    const scope = scopeOf(openScope(container));
    const open = gate();
    const ran: string[] = [];
    scope.onDispose(() => void ran.push('first'));
    scope.onDispose(() => open.promise);
    scope.onDispose(() => {
      throw new Error('stuck');
    });

    scope.dispose();
    const before = [...ran, scope.state];
    open.fail(new Error('late'));
    await expect(scope.disposeAsync()).rejects.toMatchObject({
      errors: [new Error('stuck'), new Error('late')],
    });

    expect({ before, ran, state: scope.state }).toEqual({
      before: ['ending'],
      ran: ['first'],
      state: 'ended',
    });
    expect(errors).toEqual([expect.objectContaining({ code: 'CAR3003' })]);
  });

  it('L5 reports the clean-ups that fail after a disposal that nobody awaits', async () => {
    const { container, errors } = rootContainer();
    const request = openScope(container);
    scopeOf(request).onDispose(() => {
      throw new Error('stuck');
    });

    request[Symbol.dispose]();
    await settle();

    expect(errors).toEqual([expect.objectContaining({ code: 'CAR3003' })]);
  });

  it('L6 ends the children first, the youngest first, and leaves parent and siblings alone', async () => {
    const { container } = rootContainer();
    const ended: string[] = [];
    const open = (parent: Container, name: string) => {
      const child = openScope(parent, { name });
      scopeOf(child).onDispose(() => {
        ended.push(name);
      });
      return child;
    };
    const parent = open(container, 'parent');
    const older = open(parent, 'older');
    open(older, 'older’s');
    const single = open(parent, 'single');
    open(parent, 'younger');

    await single[Symbol.asyncDispose]();
    const states = [scopeOf(parent).state, scopeOf(older).state];
    await parent[Symbol.asyncDispose]();

    expect(states).toEqual(['open', 'open']);
    expect(ended).toEqual(['single', 'younger', 'older’s', 'older', 'parent']);
    expect(scopeOf(container).state).toBe('open');
    expect(scopeOf(container).children).toEqual([]);
  });

  it('L6 closes every scope of the tree before any clean-up runs', async () => {
    const { container } = rootContainer();
    const parent = openScope(container);
    const child = openScope(parent);
    let heard = 0;
    class Listener {
      @On(Rang)
      hear() {
        heard += 1;
      }
    }
    build(parent, Listener);
    scopeOf(child).onDispose(() => parent.get(ScopedEmitter).emit(new Rang()));

    await parent[Symbol.asyncDispose]();

    expect(heard).toBe(0);
  });

  it('L18 keeps a leased scope open until the last lease is given back', async () => {
    const { container, clock } = rootContainer();
    const request = openScope(container);
    let heard = 0;
    class Listener {
      @On(Rang)
      hear() {
        heard += 1;
      }
    }
    build(request, Listener);
    const response = scopeOf(request).lease('response');
    const route = scopeOf(request).lease('route handler');

    const ending = scopeOf(request).disposeAsync();
    response.release();
    response.release();
    await clock.advance(100);
    request.get(ScopedEmitter).emit(new Rang());
    route.release();
    const report = await ending;
    scopeOf(request).emitter.emit(new Rang());

    expect(heard).toBe(1);
    expect(report.leases).toBe(0);
  });

  it('L18 ends a leased scope when the drain time is over, and says how many leases were out', async () => {
    const { container, clock } = rootContainer();
    const request = openScope(container, { drain: 200 });
    scopeOf(request).lease('job');

    const ending = scopeOf(request).disposeAsync();
    await clock.advance(199);
    const before = scopeOf(request).state;
    await clock.advance(1);
    const report = await ending;

    expect(before).toBe('open');
    expect(report.leases).toBe(1);
    expect(scopeOf(request).state).toBe('ended');
  });

  it('L18 also waits for the leases of the scopes below, and takes no new lease once it has ended', async () => {
    const { container, clock } = rootContainer();
    const parent = openScope(container);
    const child = openScope(parent);
    const lease = scopeOf(child).lease('job');

    const ending = scopeOf(parent).disposeAsync();
    await clock.advance(10);
    const before = scopeOf(child).state;
    lease[Symbol.dispose]();
    await ending;

    expect(before).toBe('open');
    expect(() => scopeOf(child).lease()).toThrow('CAR3001');
  });

  it('L13 reaches nobody by an emit after the end, which is reported once for each event and place, and never throws', async () => {
    const { container, errors } = rootContainer();
    class Sang {}
    const emitters = ['first', 'second']
      .map((name) => openScope(container, { name }))
      .map((request) => {
        const emitter = request.get(ScopedEmitter);
        request[Symbol.dispose]();
        return emitter;
      });
    const calls: string[] = [];

    for (const emitter of emitters) {
      emitter.emit(new Rang());
      emitter.emit(new Sang());
      emitter.emit('rang', calls);
      calls.push(...(await emitter.emitAsync(new Rang())).map(String));
    }
    await settle();

    expect(calls).toEqual([]);
    expect(
      errors.map(({ code, message }) => [code, /\w+(?= was emitted)/.exec(message)?.[0]]),
    ).toEqual([
      ['CAR3004', 'Rang'],
      ['CAR3004', 'Sang'],
      ['CAR3004', 'rang'],
      ['CAR3004', 'Rang'],
    ]);
  });

  it('L13 refuses to publish or defer for a scope that has ended', async () => {
    const { container, errors } = rootContainer();
    const request = openScope(container, { name: 'request' });
    const events = request.get(Events);
    const bus = container.get(EventBus);
    let heard = 0;
    bus.subscribe(Rang, () => {
      heard += 1;
    });
    request[Symbol.dispose]();

    await expect(events.publish(new Rang())).rejects.toMatchObject({ code: 'CAR3001' });
    await expect(events.defer(new Rang())).rejects.toMatchObject({ code: 'CAR3001' });

    expect({ heard, size: container.get(EventQueue).size() }).toEqual({ heard: 0, size: 0 });
    expect(errors).toEqual([]);
  });

  it('leaves nothing alive after stop, with work in every provider', async () => {
    const { container, clock } = rootContainer();
    const open = gate();
    class Worker {
      @On(Rang)
      @Subscribe(Rang)
      async hear() {
        await open.promise;
      }
      @Deferred(Rang)
      async work() {}
    }
    build(container, Worker);
    await start(container);
    build(openScope(container), Worker);
    await container.get(EventQueue).defer(new Rang());
    await container.get(EventBus).publish(new Rang());
    const before = census(container);

    const ending = stop(container);
    await clock.advance(10);
    open.open();
    await ending;

    expect(before).toEqual({ scopes: 2, handlers: 6, inFlight: 2, timers: 1, queued: 1 });
    expect(census(container)).toEqual({
      scopes: 0,
      handlers: 0,
      inFlight: 0,
      timers: 0,
      queued: 0,
    });
    expect(clock.pending).toBe(0);
  });
});
