/** What an event's type, an emit or a handler may ask for beyond the plain delivery. */

import { describe, expect, it } from '@jest/globals';
import {
  type Delivery,
  defineEvent,
  type EmitAsyncOptions,
  EventType,
  type Interceptor,
  On,
  type RecursionError,
  ScopedEmitter,
} from 'carillon';
import { openScope } from 'carillon/inversify';
import { build, type Fixture, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

class Rang {}

class Chimed extends Rang {}

@EventType({ name: 'app.ready', sticky: true })
class AppReady {
  constructor(readonly version = 1) {}
}

@EventType({ name: 'alarm', bubbles: true })
class Alarm {}

@EventType({ name: 'turned', reentrancy: 'queue' })
class Turned {
  constructor(readonly angle: number) {}
}

@EventType({ name: 'locked', reentrancy: 'forbid' })
class Locked {}

const Tick = defineEvent<number>('tick', { sticky: true });

function desk(
  options?: Parameters<typeof rootContainer>[0],
): Fixture & { readonly emitter: ScopedEmitter } {
  const fixture = rootContainer(options);
  return { ...fixture, emitter: fixture.container.get(ScopedEmitter) };
}

describe('emitAsync', () => {
  it('E4 starts each handler when the one before it has settled, with the serial strategy', async () => {
    const { emitter } = desk();
    const first = gate<string>();
    const log: string[] = [];
    emitter.on(Rang, () => first.promise);
    emitter.on(Rang, () => {
      log.push('second');
      return 'two';
    });

    const emitted = emitter.emitAsync(new Rang(), { strategy: 'serial' });
    await settle();
    const early = [...log];
    first.open('one');

    expect(early).toEqual([]);
    expect(await emitted).toEqual(['one', 'two']);
  });

  it('E4 asks one handler after another until one gives a value, with the first strategy', async () => {
    const { emitter, errors } = desk();
    const asked: number[] = [];
    const answers = [
      () => undefined,
      () => Promise.reject(new Error('cracked')),
      async () => 'three',
      () => 'four',
    ];
    answers.forEach((answer, index) => {
      emitter.on(Rang, () => {
        asked.push(index);
        return answer();
      });
    });

    const values = await emitter.emitAsync(new Rang(), { strategy: 'first' });

    expect(values).toEqual(['three']);
    expect(asked).toEqual([0, 1, 2]);
    expect(errors.map(({ code }) => code)).toEqual(['CAR4001']);
  });
});

describe('a sticky event', () => {
  it('E6 reaches a handler that is wired later, with its latest payload, and a once() that comes late', async () => {
    const { container, emitter } = desk();
    class Late {
      readonly heard: number[] = [];

      @On(AppReady)
      hear({ version }: AppReady) {
        this.heard.push(version);
      }
    }
    emitter.emit(new AppReady(1));
    emitter.emit(new AppReady(2));

    const { heard } = build(container, Late);
    const late = await emitter.once(AppReady);
    emitter.emit(Tick, 3);
    const tick = await emitter.once(Tick);

    expect(heard).toEqual([2]);
    expect(late.version).toBe(2);
    expect(tick).toBe(3);
  });

  it('E6 is settled only once, and a failure reaches whoever waits or comes late', async () => {
    const { emitter } = desk();
    const early = emitter.once('db.ready').catch((error: unknown) => error);
    const reason = new Error('no database');

    emitter.fail('db.ready', reason);
    emitter.settle(new AppReady());

    expect(await early).toBe(reason);
    await expect(emitter.once('db.ready')).rejects.toBe(reason);
    expect(await emitter.once(AppReady)).toEqual(new AppReady());
    expect(() => emitter.settle(new AppReady())).toThrow('CAR4008');
    expect(() => emitter.fail('db.ready', reason)).toThrow('CAR4008');
  });
});

describe('re-entrancy', () => {
  it('E7 nests depth first by default, queues first in first out, and forbids', () => {
    const { emitter, errors } = desk();
    const log: string[] = [];
    emitter.on(Turned, ({ angle }) => {
      log.push(`begin ${angle}`);
      if (angle === 1) for (const next of [2, 3]) emitter.emit(new Turned(next));
      log.push(`end ${angle}`);
    });
    emitter.on(Turned, ({ angle }) => void log.push(`second ${angle}`));
    emitter.on(Locked, () => emitter.emit(new Locked()));
    emitter.on(Locked, () => void log.push('locked'));

    emitter.emit(new Turned(1));
    emitter.emit(new Locked());

    expect(log).toEqual([
      'begin 1',
      'end 1',
      'second 1',
      'begin 2',
      'end 2',
      'second 2',
      'begin 3',
      'end 3',
      'second 3',
      'locked',
    ]);
    expect(errors).toEqual([
      expect.objectContaining({
        code: 'CAR4001',
        cause: expect.objectContaining({ code: 'CAR4006' }),
      }),
    ]);
  });

  it('E7 ends beyond the depth limit with the whole chain, also where handlers swallow the error, and then goes on', () => {
    const { emitter, errors } = desk({ depthLimit: 5 });
    let calls = 0;
    const again = () => {
      calls += 1;
      emitter.emit(new Chimed());
    };
    const swallowing = () => {
      calls += 1;
      try {
        emitter.emit(new Rang());
      } catch {
        emitter.emit(new Rang());
      }
    };
    emitter.on(Rang, again);
    const off = emitter.on(Rang, swallowing);

    emitter.emit(new Rang());
    const [error] = errors as RecursionError[];
    off();
    errors.length = 0;
    const first = calls;
    emitter.emit(new Rang());

    expect(error?.code).toBe('CAR4006');
    expect(error?.chain.map(({ event, handler }) => `${event} ${handler}`)).toEqual([
      'Rang again',
      ...Array.from({ length: 4 }, () => 'Chimed again'),
    ]);
    expect(first).toBe(5);
    expect(calls - first).toBe(5);
    expect(errors).toHaveLength(1);
  });

  it.each<[string, EmitAsyncOptions | undefined]>([
    ['without options', undefined],
    ['in parallel', { strategy: 'parallel' }],
    ['up the scopes', { bubbles: true }],
    ['kept', { sticky: true }],
    ['one at a time', { reentrancy: 'queue' }],
  ])(
    'E7 rejects an emitAsync %s that leads into the recursion, once the handlers have settled',
    async (_, options) => {
      const { emitter, errors } = desk({ depthLimit: 5 });
      const log: string[] = [];
      emitter.on(Chimed, async () => {
        await settle();
        log.push('settled');
        throw new Error('cracked');
      });
      emitter.on(Chimed, function again() {
        emitter.emit(new Rang());
      });
      emitter.on(
        Rang,
        function round() {
          emitter.emit(new Rang());
        },
        { exact: true },
      );
      emitter.on(Chimed, () => log.push('never'));

      const outcome = emitter.emitAsync(new Chimed(), options);

      const error = await outcome.catch((reason: RecursionError) => reason);
      expect(error).toMatchObject({ code: 'CAR4006' });
      expect((error as RecursionError).chain[0]).toEqual({ event: 'Chimed', handler: 'again' });
      expect(log).toEqual(['settled']);
      expect(errors).toMatchObject([{ code: 'CAR4001', cause: { message: 'cracked' } }]);
    },
  );

  it.each(['serial', 'first'] as const)(
    'E7 rejects an emitAsync with the strategy %s whose first handler leads into the recursion',
    async (strategy) => {
      const { emitter, errors } = desk({ depthLimit: 5 });
      const log: string[] = [];
      emitter.on(Rang, () => emitter.emit(new Rang()));
      emitter.on(Rang, () => void log.push('never'));

      const outcome = emitter.emitAsync(new Rang(), { strategy });

      await expect(outcome).rejects.toMatchObject({ code: 'CAR4006' });
      expect({ log, errors }).toEqual({ log: [], errors: [] });
    },
  );

  it('E7 reports the recursion of an emitAsync that reports its errors', async () => {
    const { emitter, errors } = desk({ depthLimit: 5 });
    emitter.on(Rang, () => emitter.emit(new Rang()));

    await emitter.emitAsync(new Rang(), { errors: 'report' });

    expect(errors).toMatchObject([{ code: 'CAR4006' }]);
  });

  it('E7 rejects an emitAsync that waits behind a recursion', async () => {
    const { emitter, errors } = desk({ depthLimit: 5 });
    const waiting: Promise<unknown>[] = [];
    emitter.on(Turned, () => {
      if (waiting.length < 2)
        for (const angle of [2, 3]) waiting.push(emitter.emitAsync(new Turned(angle)));
      emitter.emit(new Rang());
    });
    emitter.on(Rang, () => emitter.emit(new Rang()));
    emitter.on('begin', () => emitter.emit(new Turned(1)));

    emitter.emit('begin', undefined);
    const outcomes = await Promise.allSettled(waiting);

    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'CAR4006' } },
      { status: 'rejected', reason: { code: 'CAR4006' } },
    ]);
    expect(errors).toMatchObject([{ code: 'CAR4006' }]);
  });

  it('E7 never overflows the stack, through however many scopes the emits go', () => {
    const { container, errors } = desk();
    let scopes = 0;
    const open = () => {
      const emitter = openScope(container).get(ScopedEmitter);
      emitter.on(Rang, () => {
        scopes += 1;
        open();
      });
      emitter.emit(new Rang());
    };

    open();

    expect(scopes).toBe(100);
    expect(errors.map(({ code }) => code)).toEqual(['CAR4006']);
  });
});

describe('a delivery', () => {
  it('E8 is ended by stop(), also on its way up, and asks when before each handler', () => {
    const { container, emitter } = desk();
    const child = openScope(container).get(ScopedEmitter);
    const log: string[] = [];
    emitter.on(Alarm, () => void log.push('above'));
    child.on(Alarm, () => void log.push('never'), { when: () => false });
    child.on(Alarm, (_alarm, delivery) => {
      log.push(`${delivery.event} in ${delivery.scope}`);
      if (log.length > 2) delivery.stop();
    });
    child.on(Alarm, () => void log.push('after'));

    child.emit(new Alarm());
    child.emit(new Alarm());

    expect(log).toEqual([
      'Alarm in application/scope',
      'after',
      'above',
      'Alarm in application/scope',
    ]);
  });

  it('E9 bubbles only when the type or the emit says so', () => {
    const { container, emitter } = desk();
    const child = openScope(container).get(ScopedEmitter);
    const log: string[] = [];
    for (const event of [Alarm, Rang] as const) emitter.on(event, () => void log.push(event.name));

    child.emit(new Alarm());
    child.emit(new Rang());
    child.emit(new Rang(), { bubbles: true });
    child.emit(new Alarm(), { bubbles: false });

    expect(log).toEqual(['Alarm', 'Rang']);
  });

  it('E14 of a subclass passes a handler over that wants the class exactly', () => {
    const { emitter } = desk();
    const log: string[] = [];
    emitter.on(Rang, () => void log.push('exact'), { exact: true });
    emitter.on(Rang, () => void log.push('any'));
    emitter.on(Chimed, () => void log.push('chimed'));

    emitter.emit(new Chimed());
    emitter.emit(new Rang());

    expect(log).toEqual(['any', 'chimed', 'exact', 'any']);
  });

  it('runs inside of every interceptor, the first the outermost, whatever it is sent by', async () => {
    const log: string[] = [];
    const named =
      (name: string): Interceptor =>
      async (delivery, next) => {
        log.push(`${name} ${delivery.verb} ${delivery.event} ${delivery.handler}`);
        return `${name}(${await next()})`;
      };
    const { emitter } = desk({ interceptors: [named('a'), named('b')] });
    emitter.on(Rang, function hear() {
      return 'heard';
    });

    const values = await emitter.emitAsync(new Rang());
    emitter.emit(new Rang());

    expect(values).toEqual(['a(b(heard))']);
    expect(log.slice(0, 3)).toEqual(['a On Rang hear', 'b On Rang hear', 'a On Rang hear']);
  });
});

describe('a scope that records', () => {
  it('E11 tells its history, and replays it in order to a handler that is wired later, up to its limit', () => {
    const { container } = desk();
    const all = openScope(container, { record: true }).get(ScopedEmitter);
    const latest = openScope(container, { record: 2 });
    for (let index = 0; index < 5; index += 1) {
      all.emit('phase', index);
      latest.get(ScopedEmitter).emit('phase', index);
    }
    all.emit(new Chimed());
    const heard: unknown[] = [];
    class Late {
      @On('phase', { replay: true })
      hear(phase: unknown) {
        heard.push(phase);
      }
    }

    build(latest, Late);
    latest.get(ScopedEmitter).emit('phase', 5);

    expect(all.history('phase')).toEqual([0, 1, 2, 3, 4]);
    expect(all.history('*')).toEqual([0, 1, 2, 3, 4]);
    expect(all.history(Rang)).toEqual([new Chimed()]);
    expect(heard).toEqual([3, 4, 5]);
    expect(latest.get(ScopedEmitter).history('phase')).toEqual([4, 5]);
  });
});

describe('a observer', () => {
  it('E12 is told of each handler that is called and each event that reaches nobody', () => {
    const log: string[] = [];
    const { container, emitter } = desk({
      observer: {
        called: (handler) => void log.push(handler),
        unheard: (event, _payload, scope) => void log.push(`nobody heard ${event} in ${scope}`),
      },
    });
    class Bell {
      @On(Rang)
      hear() {}
    }
    build(container, Bell);

    emitter.emit(new Rang());
    emitter.emit(new Rang());
    emitter.emit(new Alarm());

    expect(log).toEqual(['Bell.hear', 'Bell.hear', 'nobody heard Alarm in application']);
  });
});

describe('a handler that outlives its scope', () => {
  it('L3 gets its signal aborted when the drain time is over, and has the abort time to heed it', async () => {
    const { container, clock, errors } = rootContainer();
    const request = openScope(container, { name: 'request', drain: 300, abort: 200 });
    const log: string[] = [];
    request.get(ScopedEmitter).on(Rang, async (_rang, { signal }: Delivery) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      log.push((signal.reason as { code: string }).code);
    });
    request.get(ScopedEmitter).emit(new Rang());

    const ended = request[Symbol.asyncDispose]().then(() => log.push('ended'));
    await clock.advance(299);
    const early = [...log];
    await clock.advance(1);
    await ended;

    expect(early).toEqual([]);
    expect(log).toEqual(['CAR3006', 'ended']);
    expect(errors).toEqual([]);
  });

  it('L15 rejects the emitAsync that waits for it, drops its value, and reports a late rejection once', async () => {
    const { container, clock, errors } = rootContainer();
    const request = openScope(container, { name: 'request', drain: 10, abort: 10 });
    const emitter = request.get(ScopedEmitter);
    const slow = gate<string>();
    const failing = gate<string>();
    emitter.on(Rang, () => slow.promise);
    emitter.on(Rang, () => failing.promise);

    const emitted = emitter.emitAsync(new Rang()).catch((error: unknown) => error);
    const ended = request[Symbol.asyncDispose]();
    await clock.advance(20);
    await ended;
    const outcome = await emitted;
    slow.open('late');
    failing.fail(new Error('late'));
    await settle();

    expect(outcome).toMatchObject({
      code: 'CAR4002',
      errors: [{ cause: { code: 'CAR3005' } }, { cause: { code: 'CAR3005' } }],
    });
    expect(errors).toEqual([
      expect.objectContaining({ code: 'CAR4001', cause: new Error('late') }),
    ]);
  });
});
