import { describe, expect, it } from '@jest/globals';
import {
  all,
  type Coroutine,
  Deferred,
  EventBus,
  Every,
  nextTick,
  On,
  race,
  ScopedEmitter,
  Subscribe,
  settled,
  sleep,
  spawn,
  until,
  when,
} from 'carillon';
import { audit, openScope, scopeOf, start, stop } from 'carillon/inversify';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { stage } from '../support/stage.js';

class Damaged {}

class Visitor {
  @On('rang')
  hear() {}

  @Subscribe('announced')
  listen() {}
}

describe('what is alive', () => {
  it('L17 lists scopes, handlers, timers and work in flight, each with class, method, owner and age; nothing after stop()', async () => {
    const { container, clock } = rootContainer({ name: 'shop' });
    const door = gate();
    class Clerk {
      @On('rang')
      async hear() {
        await door.promise;
      }
      @Subscribe('announced')
      listen() {}
      @Deferred('letter', { queue: 'mail' })
      post() {}
      @Every('30s')
      look() {}
    }
    build(container, Clerk);
    await clock.advance(10);
    const request = openScope(container, { name: 'request' });
    scopeOf(request).lease('GET /');
    build(request, Visitor);
    scopeOf(request).emitter.on('rang', function count() {});
    await start(container);
    container.get(ScopedEmitter).emit('rang', undefined as never);
    await clock.advance(20);

    const during = audit(container);
    door.open();
    await stop(container, { drain: 0 });
    const after = audit(container);

    const clerk = { className: 'Clerk', owner: 'shop', age: 30 };
    const visitor = { className: 'Visitor', owner: 'shop/request', age: 20 };
    const timer = { ...clerk, method: 'look', verb: 'Every', event: 'every 30s' };
    const { handlers, ...rest } = during;
    expect(rest).toEqual({
      scopes: [
        { path: 'shop/request', state: 'open', age: 20, leases: ['GET /'] },
        { path: 'shop', state: 'open', age: 30, leases: [] },
      ],
      running: [{ ...clerk, method: 'hear', verb: 'On', event: 'rang', age: 20 }],
      tasks: [],
      timers: [timer],
      queueTimers: 0,
      queued: 0,
    });
    expect(handlers).toHaveLength(7);
    expect(handlers).toEqual(
      expect.arrayContaining([
        { ...clerk, method: 'listen', verb: 'Subscribe', event: 'announced' },
        { ...clerk, method: 'post', verb: 'Deferred', event: 'letter' },
        timer,
        { ...visitor, method: 'hear', verb: 'On', event: 'rang' },
        { ...visitor, className: '', method: 'count', verb: 'On', event: 'rang' },
      ]),
    );
    expect(during.isEmpty).toBe(false);
    expect(String(during)).toContain('Clerk.hear, On rang, of shop, 20 ms');
    expect(after.isEmpty).toBe(true);
  });
});

describe('tasks that are alive', () => {
  it('L17 are listed with class, method, owner, age and what they wait for, spawned ones and those of handlers; none after stop()', async () => {
    const { container, clock } = stage({ name: 'game' });
    const scene = openScope(container, { name: 'scene' });
    const scope = scopeOf(scene);
    const waits: Record<string, () => Coroutine<unknown>> = {
      *slept() {
        yield* sleep('2s');
      },
      *ticked() {
        for (;;) yield;
      },
      *heard() {
        yield* until(Damaged);
      },
      *fetched() {
        yield* settled(new Promise(() => undefined));
      },
      *asked() {
        yield* when(() => false);
      },
      *raced() {
        yield* race({ hit: until(Damaged), calm: sleep(5000) });
      },
      *gathered() {
        yield* all([until('door'), nextTick()]);
      },
    };
    class Guard {
      @On('rang')
      *patrol() {
        yield* sleep('1m');
        yield* until('relief');
      }
      @On('rang')
      *bow() {
        yield;
      }
    }
    build(scene, Guard);
    spawn(scope, function* done() {
      yield;
    }).cancel();
    for (const run of Object.values(waits)) spawn(scope, run);
    scope.emitter.emit('rang', undefined as never);
    let own: string | undefined;
    const early = String(audit(container));
    clock.tick(60_000);
    spawn(scope, function* looks() {
      own = audit(container).tasks.find(({ method }) => method === 'looks')?.waitsFor;
      yield;
    });

    const during = audit(container);
    await stop(container, { drain: 0 });
    const after = audit(container);

    const spawned = { className: '', owner: 'game/scene', age: 60_000 };
    expect(during.tasks).toEqual([
      { ...spawned, method: 'ticked', waitsFor: 'nextTick' },
      { ...spawned, method: 'heard', waitsFor: 'until Damaged' },
      { ...spawned, method: 'fetched', waitsFor: 'settled' },
      { ...spawned, method: 'asked', waitsFor: 'when' },
      { ...spawned, method: 'gathered', waitsFor: 'all of 0: until door, 1: nextTick' },
      { ...spawned, className: 'Guard', method: 'patrol', waitsFor: 'until relief' },
      { ...spawned, method: 'looks', age: 0, waitsFor: 'nextTick' },
    ]);
    expect(early).toContain('  slept, waits for sleep 2000 ms, of game/scene, 0 ms');
    expect(early).toContain(
      '  raced, waits for race of hit: until Damaged, calm: sleep 5000 ms, of game/scene, 0 ms',
    );
    expect(early).toContain('  Guard.patrol, waits for sleep 60000 ms, of game/scene, 0 ms');
    expect(own).toBe('nothing');
    expect({ tasks: after.tasks, isEmpty: after.isEmpty }).toEqual({ tasks: [], isEmpty: true });
  });
});

describe('the leak tracker', () => {
  it('L10 reports a scope that the bus keeps alive, once, with the stack that opened it and what it owns', async () => {
    const { container, clock, errors } = rootContainer({ leaks: { after: 1000 } });
    function openForgotten() {
      build(openScope(container, { name: 'forgotten' }), Visitor);
    }
    openForgotten();
    await clock.advance(600);
    const young = openScope(container, { name: 'young' });
    await clock.advance(5000);
    young[Symbol.dispose]();

    const [first, second] = errors.map(({ code, message, cause }) => [
      code,
      message,
      (cause as Error).stack?.split('\n')[1],
    ]);
    expect(errors).toHaveLength(2);
    expect(first).toEqual([
      'CAR3010',
      expect.stringContaining('"application/forgotten"'),
      expect.stringContaining('openForgotten'),
    ]);
    expect(first?.[1]).toContain('1000 ms. It owns Visitor.');
    expect(second).toEqual([
      'CAR3010',
      expect.stringContaining('"application/young"'),
      expect.any(String),
    ]);
  });

  it('L10 L17 reports nothing of a scope that ended in time, and leaves no timer', async () => {
    const { container, clock, errors } = rootContainer({ leaks: { after: 1000 } });
    const [one, two] = [openScope(container), openScope(container)];
    const during = clock.pending;
    one[Symbol.dispose]();
    await two[Symbol.asyncDispose]();

    const left = clock.pending;
    await clock.advance(5000);

    expect({ during, left, errors }).toEqual({ during: 1, left: 0, errors: [] });
  });

  it('L10 captures no stack and sets no timer where it is not asked for', async () => {
    const { container, clock, errors } = rootContainer();
    build(openScope(container), Visitor);

    await clock.advance(1_000_000);

    expect([clock.pending, errors, container.get(EventBus)]).toEqual([0, [], expect.anything()]);
  });

  it('CAR7001 refuses a limit that is no time', () => {
    expect(() => rootContainer({ leaks: { after: 0 } })).toThrow(
      expect.objectContaining({ code: 'CAR7001' }),
    );
  });
});
