/** E24: what predicates do that throw, or answer too late. */
import { describe, expect, it } from '@jest/globals';
import { ScopedEmitter, spawn, until, when } from 'carillon';
import { scopeOf } from 'carillon/inversify';
import { rootContainer } from '../support/container.js';
import { settle } from '../support/manual-clock.js';

function emitter() {
  const fixture = rootContainer();
  return {
    ...fixture,
    emitter: fixture.container.get(ScopedEmitter),
    scope: scopeOf(fixture.container),
  };
}

const broken = () => {
  throw new TypeError('no sum');
};
const later = (async () => false) as unknown as () => boolean;
const failsLater = (async () => broken()) as unknown as () => boolean;

describe('a predicate', () => {
  it.each([
    ['throws', broken, { message: 'no sum' }],
    ['returns a promise', later, { code: 'CAR4016' }],
    ['returns a promise that rejects', failsLater, { code: 'CAR4016' }],
  ])(
    'E24 of waitFor() that %s rejects its caller, and the wait is over',
    async (_, predicate, error) => {
      const { emitter: shop, errors } = emitter();
      const waited = shop.waitFor('paid', predicate);

      shop.emit('paid', undefined as never);

      await expect(waited).rejects.toMatchObject(error);
      expect(shop.listenerCount('paid')).toBe(0);
      expect(errors).toEqual([]);
    },
  );

  it('E24 that throws for what is kept rejects its caller', async () => {
    const { emitter: shop } = emitter();
    shop.emit('paid', undefined as never, { sticky: true });

    await expect(shop.waitFor('paid', broken)).rejects.toThrow('no sum');
  });

  it.each([
    ['throws', broken, { message: 'no sum' }],
    ['returns a promise', later, { code: 'CAR4016' }],
    ['returns a promise that rejects', failsLater, { code: 'CAR4016' }],
  ])(
    'E24 of a handler that %s is its failure, and the handler does not run',
    async (_, predicate, cause) => {
      const { emitter: shop, errors } = emitter();
      let runs = 0;
      shop.on(
        'paid',
        () => {
          runs += 1;
        },
        { when: predicate },
      );

      shop.emit('paid', undefined as never);
      await expect(shop.emitAsync('paid', undefined as never)).rejects.toMatchObject({
        code: 'CAR4002',
      });
      await settle();

      expect(runs).toBe(0);
      expect(errors).toMatchObject([{ code: 'CAR4001', cause }]);
    },
  );

  it('E24 of a wait in a task that returns a promise fails there', async () => {
    const { clock, emitter: shop, scope } = emitter();
    const event = spawn(scope, function* () {
      yield* until('paid', later);
    });
    const condition = spawn(scope, function* () {
      yield* when(later);
    });
    const outcomes = Promise.allSettled([event.done, condition.done]);

    shop.emit('paid', undefined as never);
    await clock.advance(1);

    expect(await outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'CAR4016' } },
      { status: 'rejected', reason: { code: 'CAR4016' } },
    ]);
  });
});

describe('once() of a list', () => {
  it('takes the first of the events, and hears no more of the others', async () => {
    const { emitter: shop } = emitter();
    const waited = shop.once(['paid', 'refused'], { timeout: 100 });

    shop.emit('refused', 'no money' as never);
    shop.emit('paid', 100 as never);

    expect(await waited).toBe('no money');
    expect([shop.listenerCount('paid'), shop.listenerCount('refused')]).toEqual([0, 0]);
  });

  it('takes the one that was emitted last of those that are kept', async () => {
    const { emitter: shop } = emitter();
    for (const [topic, payload] of [
      ['paid', 1],
      ['refused', 2],
      ['paid', 3],
    ] as const)
      shop.emit(topic, payload as never, { sticky: true });

    expect(await shop.once(['paid', 'refused'])).toBe(3);
  });

  it('rejects when one of them fails, when the time is over, and when the scope ends', async () => {
    const { clock, emitter: shop, scope } = emitter();
    const failed = shop.once(['paid', 'refused']);
    shop.fail('paid', new Error('no bank'));
    await expect(failed).rejects.toThrow('no bank');

    const late = shop.once(['sent', 'lost'], { timeout: 5 });
    await clock.advance(5);
    await expect(late).rejects.toThrow('sent or lost did not come within 5 ms');

    const waiting = shop.once(['sent', 'lost']);
    await scope.disposeAsync();
    await expect(waiting).rejects.toMatchObject({ code: 'CAR3002' });
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['an empty one', []],
    ['one with an event twice', ['paid', 'paid']],
  ])('refuses %s', async (_, list) => {
    const { emitter: shop } = emitter();

    await expect(shop.once(list as never)).rejects.toMatchObject({ code: 'CAR1009' });
  });
});
