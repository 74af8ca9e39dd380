/** E16: whatever is thrown is reported. */
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  type CarillonError,
  Deferred,
  EventBus,
  EventQueue,
  Every,
  On,
  ScopedEmitter,
  Subscribe,
  sleep,
  spawn,
} from 'carillon';
import { scopeOf, start, stop } from 'carillon/inversify';
import { rootContainer } from '../support/container.js';
import { settle } from '../support/manual-clock.js';

const refuse = () => {
  throw new TypeError('not to be looked at');
};

const THROWN: readonly (readonly [string, () => unknown])[] = [
  ['nothing', () => undefined],
  ['an object without a prototype', () => Object.create(null)],
  ['an object whose toString throws', () => ({ toString: refuse })],
  [
    'an error whose message throws',
    () => Object.defineProperty(new Error('hidden'), 'message', { get: refuse }),
  ],
  [
    'a proxy that refuses everything',
    () => new Proxy({}, { get: refuse, getPrototypeOf: refuse, has: refuse }),
  ],
  ['a revoked proxy', revoked],
  ['an error of another realm', () => runInNewContext("new TypeError('from afar')")],
  ['a symbol', () => Symbol('odd')],
];

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Everything throws the value, at once or later; each event has a second handler. */
function application(thrown: unknown) {
  const fixture = rootContainer();
  const second: string[] = [];
  class Gateway {
    @On('emitted')
    now() {
      throw thrown;
    }
    @On('emitted')
    async later() {
      throw thrown;
    }
    @On('emitted')
    after() {
      second.push('emitted');
    }
    @Subscribe('published')
    told() {
      throw thrown;
    }
    @Subscribe('published')
    async toldLater() {
      throw thrown;
    }
    @Subscribe('published')
    toldAfter() {
      second.push('published');
    }
    @Deferred('deferred', { attempts: 1 })
    queued() {
      throw thrown;
    }
    @Every(10)
    timed() {
      throw thrown;
    }
  }
  fixture.container.bind(Gateway).toSelf().inSingletonScope();
  return { ...fixture, second };
}

describe('whatever is thrown', () => {
  afterEach(() => void jest.restoreAllMocks());

  it.each(THROWN)('E16 is reported, and stops nothing else: %s', async (_, make) => {
    const thrown = make();
    const { clock, container, errors, second } = application(thrown);
    await start(container);
    const [emitter, bus, queue] = [
      container.get(ScopedEmitter),
      container.get(EventBus),
      container.get(EventQueue),
    ];
    const causes = () =>
      errors.splice(0).map(({ code, cause }) => [code, Object.is(cause, thrown)]);

    emitter.emit('emitted', undefined);
    await settle();
    expect(causes()).toEqual([
      ['CAR4001', true],
      ['CAR4001', true],
    ]);

    await expect(emitter.emitAsync('emitted', undefined)).rejects.toMatchObject({
      code: 'CAR4002',
    });
    expect(() => emitter.emit('emitted', undefined, { errors: 'throw' })).toThrow('CAR4002');
    await settle();
    errors.length = 0;

    await bus.publish('published', undefined);
    await settle();
    expect(causes()).toEqual([
      ['CAR4001', true],
      ['CAR4001', true],
    ]);

    await queue.defer('deferred', undefined);
    await clock.advance(0);
    expect(causes()).toEqual([['CAR4001', true]]);
    const [letter] = await queue.deadLetters('default').list();
    expect(typeof letter?.failure.message).toBe('string');

    await clock.advance(10);
    expect(causes()).toEqual([['CAR4001', true]]);

    const task = spawn(scopeOf(container), function* () {
      yield* sleep(1);
      throw thrown;
    });
    await clock.advance(1);
    expect(task.state).toBe('failed');
    expect(causes()).toEqual([['CAR6003', true]]);

    expect(second).toEqual(['emitted', 'emitted', 'emitted', 'published']);
    await stop(container);
  });

  it.each(THROWN)('E16 is printed where no error handler is given: %s', async (_, make) => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const { container } = rootContainer({ onError: undefined });
    container.get(ScopedEmitter).on('rang', () => {
      throw make();
    });

    container.get(ScopedEmitter).emit('rang', undefined);

    expect(printed).toHaveBeenCalledWith(expect.objectContaining({ code: 'CAR4001' }));
  });

  it('E16 is printed as text where the console cannot show it', () => {
    const printed = jest.spyOn(console, 'error').mockImplementation((shown: unknown) => {
      if (typeof shown !== 'string') throw new TypeError('cannot be shown');
    });
    const { container } = rootContainer({ onError: undefined });
    container.get(ScopedEmitter).on('rang', function answer() {
      throw new Error('no clapper');
    });

    container.get(ScopedEmitter).emit('rang', undefined);

    expect(printed).toHaveBeenLastCalledWith(expect.stringContaining('CAR4001: answer failed'));
  });

  it.each([
    ['throws', () => refuse()],
    ['rejects', async () => refuse()],
  ])('E16 an error handler that %s is caught, and both errors are printed', async (_, onError) => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const { container } = rootContainer({ onError: onError as (error: CarillonError) => void });
    container.get(ScopedEmitter).on('rang', () => {
      throw new Error('no clapper');
    });

    container.get(ScopedEmitter).emit('rang', undefined);
    await settle();

    expect(printed).toHaveBeenCalledWith(expect.objectContaining({ code: 'CAR4001' }));
    expect(printed).toHaveBeenCalledWith(expect.any(TypeError));
  });

  it('E16 a handler that returns a revoked proxy has settled', async () => {
    const { container, errors } = rootContainer();
    const value = revoked();
    const emitter = container.get(ScopedEmitter);
    emitter.on('rang', (_: unknown, delivery) => {
      // Asks for the run of the handler, which then has to be settled.
      void delivery.signal;
      return value;
    });

    for (const _ of [1, 2]) emitter.emit('rang', undefined as never);
    const [given] = await emitter.emitAsync('rang', undefined as never);

    expect(Object.is(given, value)).toBe(true);
    expect(errors).toEqual([]);
    expect([...scopeOf(container).runs]).toEqual([]);
  });
});
