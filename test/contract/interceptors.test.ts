/** E19 and L25: what an interceptor can do. */
import { describe, expect, it } from '@jest/globals';
import { AbandonedError, type Interceptor, On, Once, ScopedEmitter, spawn, until } from 'carillon';
import { openScope, scopeOf } from 'carillon/inversify';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

/** An application whose interceptors are given, and a request below it. */
function request(...interceptors: Interceptor[]) {
  const fixture = rootContainer({ interceptors });
  const container = openScope(fixture.container, { name: 'request', drain: 10, abort: 10 });
  return {
    ...fixture,
    container,
    emitter: container.get(ScopedEmitter),
    scope: scopeOf(container),
  };
}

function codes(errors: readonly { readonly cause?: unknown }[]) {
  return errors.map(({ cause }) => (cause as { code?: string }).code ?? (cause as Error).message);
}

describe('an interceptor', () => {
  it.each([
    [
      'at once',
      ((_, next) => {
        next();
        return next();
      }) as Interceptor,
    ],
    [
      'later',
      (async (_, next) => {
        await next();
        return next();
      }) as Interceptor,
    ],
  ])(
    'E19 runs the handler once: a second next() %s is an error and runs nothing',
    async (_, twice) => {
      const { container, emitter, errors } = request(twice);
      let runs = 0;
      class Mail {
        @Once('placed')
        celebrate() {
          runs += 1;
        }
      }
      build(container, Mail);

      emitter.emit('placed', undefined);
      await settle();

      expect(runs).toBe(1);
      expect(codes(errors)).toEqual(['CAR4015']);
    },
  );

  it('E19 cannot call next() once it has returned', () => {
    let kept: (() => unknown) | undefined;
    const { emitter } = request((_, next) => {
      kept = next;
    });
    let runs = 0;
    emitter.on('rang', () => {
      runs += 1;
    });

    emitter.emit('rang', undefined);

    expect(() => kept?.()).toThrow('CAR4015');
    expect(runs).toBe(0);
  });

  it.each([
    ['drops', (next: () => unknown) => void next()],
    [
      'derives from and drops',
      (next: () => unknown) => void (next() as Promise<unknown>).finally(() => undefined),
    ],
  ])(
    'E19 that %s what next() gave is still waited for, and the error is reported once',
    async (_, call) => {
      const { emitter, errors, scope } = request((_delivery, next) => call(next));
      const sending = gate();
      let isRunning = false;
      emitter.on('placed', async () => {
        isRunning = true;
        await sending.promise.finally(() => {
          isRunning = false;
        });
      });

      const outcome = emitter.emitAsync('placed', undefined);
      const end = scope.disposeAsync();
      await settle();
      sending.fail(new Error('no connection'));

      expect(await end).toMatchObject({ abandoned: [] });
      expect(isRunning).toBe(false);
      expect(await outcome).toEqual([undefined]);
      expect(codes(errors)).toEqual(['no connection']);
    },
  );

  it('E19 that drops what next() gave and fails itself is waited for, and both errors are reported', async () => {
    const { emitter, errors } = request((_, next) => {
      next();
      throw new Error('no log');
    });
    const sending = gate();
    emitter.on('placed', () => sending.promise);

    emitter.emit('placed', undefined);
    await settle();
    expect(codes(errors)).toEqual([]);
    sending.fail(new Error('no connection'));
    await settle();

    expect(codes(errors)).toEqual(['no connection', 'no log']);
  });

  it('E19 that handles the error of next() has handled it', async () => {
    const { emitter, errors } = request(async (_, next) => {
      try {
        return await next();
      } catch {
        return 'fallback';
      }
    });
    emitter.on('placed', async () => {
      throw new Error('no connection');
    });

    expect(await emitter.emitAsync('placed', undefined)).toEqual(['fallback']);
    expect(errors).toEqual([]);
  });

  it('E19 that refuses rejects whoever waits', async () => {
    const { emitter } = request(() => {
      throw new Error('not allowed');
    });
    emitter.on('placed', () => undefined);

    await expect(emitter.emitAsync('placed', undefined)).rejects.toMatchObject({
      code: 'CAR4002',
      errors: [expect.objectContaining({ cause: new Error('not allowed') })],
    });
  });

  it('E19 does not see the handlers of the library itself', async () => {
    const seen: string[] = [];
    const { emitter, scope } = request((delivery) => void seen.push(delivery.handler));
    const loop = emitter.iterate('placed');
    const waits = [
      emitter.once('placed'),
      emitter.once(['placed', 'refused']),
      emitter.waitFor('placed', () => true),
      loop.next().then(({ value }) => value),
    ];
    const task = spawn(scope, function* () {
      return yield* until('placed');
    });
    emitter.on('placed', function pack() {});

    emitter.emit('placed', 7 as never);

    expect(await Promise.all([...waits, task.done])).toEqual([7, 7, 7, 7, 7]);
    expect(seen).toEqual(['pack']);
    await loop.return?.();
  });

  it.each([
    ['after dispose()', 'dispose'],
    ['after it was left behind', 'disposeAsync'],
  ] as const)('L25 starts nothing by next() %s', async (_, end) => {
    const open = gate();
    const { clock, container, emitter, errors, scope } = request(async (_delivery, next) => {
      await open.promise;
      return next();
    });
    const log: string[] = [];
    class Shop {
      @On('ordered')
      pack() {
        log.push('started');
      }
    }
    build(container, Shop);

    const outcome = emitter.emitAsync('ordered', undefined).catch((error: unknown) => error);
    const ended = scope[end]();
    if (end === 'disposeAsync') await clock.advance(20);
    open.open();
    await settle();
    await clock.advance(20);
    await ended;

    expect(log).toEqual([]);
    expect(await outcome).toMatchObject({ errors: [{ cause: expect.any(AbandonedError) }] });
    expect(errors).toEqual([]);
  });

  it('L25 starts nothing by next() once its handler was unsubscribed', async () => {
    const open = gate();
    const { emitter, errors } = request(async (_, next) => {
      await open.promise;
      return next();
    });
    let runs = 0;
    const off = emitter.on('rang', () => {
      runs += 1;
    });

    emitter.emit('rang', undefined);
    off();
    open.open();
    await settle();

    expect(runs).toBe(0);
    expect(errors).toEqual([]);
  });
});
