import { describe, expect, it, jest } from '@jest/globals';
import {
  defineEvent,
  EmitError,
  EventBus,
  EventQueue,
  HandlerError,
  On,
  Once,
  ScopedEmitter,
  Subscribe,
} from 'carillon';
import { openScope, start } from 'carillon/inversify';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

class Rang {
  constructor(readonly note = '') {}
}

function emitterWithCalls() {
  const { container, errors, clock } = rootContainer();
  const calls: string[] = [];
  return {
    container,
    errors,
    clock,
    calls,
    emitter: container.get(ScopedEmitter),
    bus: container.get(EventBus),
  };
}

describe('emitting', () => {
  it('E1 runs higher priorities first, and equal ones in the order of wiring', () => {
    const { emitter, calls } = emitterWithCalls();
    const add = (name: string, priority?: number) =>
      emitter.on(Rang, () => calls.push(name), priority === undefined ? {} : { priority });
    add('a');
    add('low', -1);
    add('high', 10);
    add('b', 0);
    add('high too', 10);

    emitter.emit(new Rang());

    expect(calls).toEqual(['high', 'high too', 'a', 'b', 'low']);
  });

  it('E1 keeps before and after, of classes and of single methods, whatever the priorities and the order of wiring', () => {
    const { container, emitter, calls } = emitterWithCalls();
    class Middle {
      @On(Rang)
      first() {
        calls.push('Middle.first');
      }
      @On(Rang)
      second() {
        calls.push('Middle.second');
      }
    }
    class Between {
      @On(Rang, { priority: 100, after: [Middle, 'first'], before: [Middle, 'second'] })
      hear() {
        calls.push('Between');
      }
    }
    class Front {
      @On(Rang, { priority: -100, before: [Middle, Between] })
      hear() {
        calls.push('Front');
      }
    }
    for (const service of [Middle, Between, Front]) build<object>(container, service);

    emitter.emit(new Rang());

    expect(calls).toEqual(['Front', 'Middle.first', 'Between', 'Middle.second']);
  });

  it('E1 refuses a circle of before and after, and names it', () => {
    const { container, emitter } = emitterWithCalls();
    class Egg {
      @On(Rang)
      hear() {}
    }
    class Chick {
      @On(Rang, { after: Egg, before: Egg })
      hear() {}
    }
    build(container, Egg);

    expect(() => build(container, Chick)).toThrow(
      /CAR4003.*Chick\.hear.*Egg\.hear|CAR4003.*Egg\.hear.*Chick\.hear/s,
    );
    expect(emitter.listenerCount(Rang)).toBe(1);
  });

  it('E1 holds on the bus and in the queues as well', async () => {
    const { container, bus, calls, clock } = emitterWithCalls();
    class Late {
      @Subscribe(Rang)
      hear() {
        calls.push('late');
      }
    }
    class Early {
      @Subscribe(Rang, { before: Late })
      hear() {
        calls.push('early');
      }
      @Subscribe('bell.*', { priority: 1 })
      topic() {
        calls.push('pattern');
      }
    }
    build(container, Late);
    build(container, Early);
    bus.subscribe('bell.tower', () => calls.push('topic'));

    await bus.publish(new Rang());
    await bus.publish('bell.tower', undefined);
    await clock.advance(0);

    expect(calls).toEqual(['early', 'late', 'pattern', 'topic']);
  });

  it('E2 reaches those that were there when it began and still are when their turn comes', () => {
    const { emitter, calls } = emitterWithCalls();
    emitter.on(Rang, () => {
      calls.push('first');
      emitter.on(Rang, () => calls.push('added'));
      emitter.on(Rang, () => calls.push('added before'), { priority: 1 });
      off();
    });
    const off = emitter.on(Rang, () => calls.push('removed'));
    emitter.on(Rang, () => calls.push('last'));

    emitter.emit(new Rang());
    const first = [...calls];
    calls.length = 0;
    emitter.emit(new Rang());

    expect(first).toEqual(['first', 'last']);
    expect(calls.slice(0, 4)).toEqual(['added before', 'first', 'last', 'added']);
  });

  it('E2 holds for topics, patterns, base classes and emitAsync', async () => {
    const { emitter, calls } = emitterWithCalls();
    class Chimed extends Rang {}
    const off = [
      emitter.on(Rang, () => {
        calls.push('base');
        off[1]?.();
        emitter.on(Chimed, () => calls.push('added'));
      }),
      emitter.on(Chimed, () => calls.push('removed')),
    ];
    emitter.on('bell.*', () => {
      calls.push('pattern');
      emitter.on('bell.rang', () => calls.push('added'));
    });

    await emitter.emitAsync(new Chimed());
    emitter.emit('bell.rang', undefined);

    expect(calls).toEqual(['base', 'pattern']);
  });

  it('E3 runs the other handlers, and gives every error to the error handler with names', async () => {
    const { container, emitter, errors, calls } = emitterWithCalls();
    class Cracked {
      @On(Rang)
      hear() {
        throw new Error('cracked');
      }
      @On(Rang)
      async hearLater() {
        await Promise.resolve();
        throw new Error('cracked later');
      }
    }
    build(container, Cracked);
    emitter.on(Rang, () => calls.push('whole'));

    emitter.emit(new Rang());
    emitter.emit(new Rang());
    await settle();

    expect(calls).toEqual(['whole', 'whole']);
    expect(errors).toHaveLength(4);
    expect(errors[0]).toBeInstanceOf(HandlerError);
    expect(
      errors.map((error) => [
        error.code,
        (error as HandlerError).method,
        (error.cause as Error).message,
      ]),
    ).toEqual([
      ['CAR4001', 'hear', 'cracked'],
      ['CAR4001', 'hear', 'cracked'],
      ['CAR4001', 'hearLater', 'cracked later'],
      ['CAR4001', 'hearLater', 'cracked later'],
    ]);
    expect(errors[0]?.message).toContain(
      'Cracked.hear failed on Rang in scope "application": cracked',
    );
  });

  it.each(['emit', 'emitAsync'] as const)(
    'E3 gives the caller of %s all the errors together where it asks for them',
    async (verb) => {
      const { emitter, errors, calls } = emitterWithCalls();
      const Tick = defineEvent<number>('tick');
      const all = { errors: 'throw' } as const;
      emitter.on(Tick, function one() {
        throw new Error('1');
      });
      emitter.on(Tick, () => calls.push('ran'));
      emitter.on(Tick, function two() {
        throw 'no error at all';
      });

      const failure = await (async () =>
        verb === 'emit' ? emitter.emit(Tick, 1, all) : emitter.emitAsync(Tick, 1, all))().catch(
        (error: unknown) => error,
      );

      expect(failure).toBeInstanceOf(EmitError);
      expect((failure as EmitError).code).toBe('CAR4002');
      expect((failure as EmitError).errors.map(({ method, cause }) => [method, cause])).toEqual([
        ['one', new Error('1')],
        ['two', 'no error at all'],
      ]);
      expect(calls).toEqual(['ran']);
      expect(errors).toEqual([]);
    },
  );

  it('E3 reports what fails later in an emit that throws, and what an emitAsync is told to report', async () => {
    const { emitter, errors } = emitterWithCalls();
    emitter.on(Rang, async () => {
      throw new Error('later');
    });

    emitter.emit(new Rang(), { errors: 'throw' });
    const values = await emitter.emitAsync(new Rang(), { errors: 'report' });

    expect(values).toEqual([undefined]);
    expect(errors.map(({ code }) => code)).toEqual(['CAR4001', 'CAR4001']);
  });

  it('E3 makes no unhandled rejection of a handler’s, whoever started it', async () => {
    const { container, errors, clock } = rootContainer();
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    await start(container);
    const queue = container.get(EventQueue);
    const fail = () => Promise.reject(new Error('no'));
    container.get(ScopedEmitter).on(Rang, fail);
    container.get(EventBus).subscribe(Rang, fail);

    container.get(ScopedEmitter).emit(new Rang());
    await container.get(ScopedEmitter).emitAsync(new Rang(), { errors: 'report' });
    await container.get(EventBus).publish(new Rang());
    await queue.defer(new Rang());
    await clock.advance(1);
    process.off('unhandledRejection', unhandled);

    expect(unhandled).not.toHaveBeenCalled();
    expect(errors.map(({ code }) => code).sort()).toEqual([
      'CAR4001',
      'CAR4001',
      'CAR4001',
      'CAR5001',
    ]);
  });

  it('E3 goes on when the error handler itself fails', () => {
    const shown = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const { container } = rootContainer({
      onError: () => {
        throw new Error('no logger');
      },
    });
    const emitter = container.get(ScopedEmitter);
    const calls: string[] = [];
    emitter.on(Rang, () => {
      throw new Error('cracked');
    });
    emitter.on(Rang, () => calls.push('whole'));

    emitter.emit(new Rang());
    const printed = shown.mock.calls.map(([error]) => (error as Error).message);
    shown.mockRestore();

    expect(calls).toEqual(['whole']);
    expect(printed).toEqual([expect.stringContaining('cracked'), 'no logger']);
  });

  it('E5 runs a once handler at most once, also when it emits the same event, is async, or throws', async () => {
    const { container, emitter, errors, calls } = emitterWithCalls();
    class Single {
      @Once(Rang)
      again() {
        calls.push('again');
        emitter.emit(new Rang());
      }
      @Once(Rang)
      async slow() {
        calls.push('slow');
        await Promise.resolve();
      }
      @Once(Rang)
      broken() {
        calls.push('broken');
        throw new Error('broken');
      }
    }
    build(container, Single);

    emitter.emit(new Rang());
    await emitter.emitAsync(new Rang());

    expect([...calls].sort()).toEqual(['again', 'broken', 'slow']);
    expect(errors).toHaveLength(1);
    expect(emitter.listenerCount(Rang)).toBe(0);
  });

  it('E5 counts for each instance, and each scope', () => {
    const { container, calls } = emitterWithCalls();
    let count = 0;
    class Single {
      readonly name = `instance ${++count}`;
      @Once(Rang)
      hear() {
        calls.push(this.name);
      }
    }
    container.bind(Single).toSelf().inTransientScope();
    container.get(Single);
    container.get(Single);
    const child = openScope(container);
    child.get(Single);

    for (let round = 0; round < 2; round += 1) {
      container.get(ScopedEmitter).emit(new Rang());
      child.get(ScopedEmitter).emit(new Rang());
    }

    expect(calls).toEqual(['instance 1', 'instance 2', 'instance 3']);
  });

  it('emitAsync starts all handlers, and returns their values in handler order once all have settled', async () => {
    const { emitter, calls } = emitterWithCalls();
    const open = gate<string>();
    emitter.on(Rang, async () => {
      calls.push('started 1');
      return open.promise;
    });
    emitter.on(Rang, () => {
      calls.push('started 2');
      open.open('one');
      return 'two';
    });

    const values = await emitter.emitAsync(new Rang());

    expect(calls).toEqual(['started 1', 'started 2']);
    expect(values).toEqual(['one', 'two']);
  });

  it('once gives a promise of the next event, which rejects when the scope ends first', async () => {
    const { container, emitter } = emitterWithCalls();
    const child = openScope(container, { name: 'request' });
    const next = emitter.once(Rang);
    const never = child.get(ScopedEmitter).once(Rang);

    emitter.emit(new Rang('c'));
    emitter.emit(new Rang('d'));
    child[Symbol.dispose]();

    await expect(next).resolves.toEqual(new Rang('c'));
    await expect(never).rejects.toMatchObject({
      code: 'CAR3002',
      message: expect.stringContaining('"request"'),
    });
  });

  it('on returns what unsubscribes, usable with using, and harmless when it is called again', () => {
    const { emitter, calls } = emitterWithCalls();
    {
      using _off = emitter.on(Rang, () => calls.push('in the block'));
      emitter.emit(new Rang());
    }
    const off = emitter.on(Rang, () => calls.push('until off'));
    emitter.emit(new Rang());

    off();
    off();
    emitter.emit(new Rang());

    expect(calls).toEqual(['in the block', 'until off']);
  });
});
