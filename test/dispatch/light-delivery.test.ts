/** A handler that takes its delivery and has returned no promise so far has no run until something needs one. */
import { describe, expect, it } from '@jest/globals';
import { type CarillonError, createScope, type Delivery } from 'carillon';
import { gate } from '../support/gate.js';
import { ManualClock, settle } from '../support/manual-clock.js';

class Rang {
  constructor(readonly act: (delivery: Delivery) => unknown = () => undefined) {}
}

/** A scope whose handler has been seen to return no promise, and does what the event says from now on. */
function tower() {
  const errors: CarillonError[] = [];
  const clock = new ManualClock();
  const scope = createScope({
    name: 'tower',
    clock,
    onError: (error) => errors.push(error),
    drain: 100,
    abort: 100,
  });
  const { emitter } = scope;
  emitter.on(Rang, ({ act }, delivery) => act(delivery));
  emitter.emit(new Rang());
  return { scope, emitter, clock, errors };
}

function messages(errors: readonly CarillonError[]) {
  return errors.map(({ cause }) => (cause as Error).message);
}

describe('a delivery without a run', () => {
  it('tells what every delivery tells', () => {
    const { emitter } = tower();
    const told: unknown[] = [];

    emitter.emit(
      new Rang((delivery) => {
        const { event, message, scope, signal } = delivery;
        delivery.progress(1);
        delivery.log('line');
        told.push(event, message, scope, signal.aborted);
      }),
    );

    expect(told).toEqual(['Rang', undefined, 'tower', false]);
  });

  it('ends the delivery by stop(), in the order of the handlers, whatever they take', () => {
    const { emitter } = tower();
    const calls: string[] = [];
    emitter.on(Rang, () => calls.push('plain'), { priority: 2 });
    emitter.on(Rang, (_rang, _delivery) => calls.push('with delivery'), { priority: 1 });
    emitter.on(Rang, () => calls.push('last'));

    emitter.emit(new Rang(() => calls.push('acts')));
    emitter.emit(new Rang((delivery) => delivery.stop()));

    expect(calls).toEqual(['plain', 'with delivery', 'acts', 'last', 'plain', 'with delivery']);
  });

  it('is not given to who ended during the emit, nor to who came', () => {
    const { emitter } = tower();
    const calls: string[] = [];
    const off = emitter.on(Rang, (_rang, _delivery) => calls.push('ended'));

    emitter.emit(
      new Rang(() => {
        off();
        emitter.on(Rang, (_rang, _delivery) => calls.push('came'));
      }),
    );
    const during = [...calls];
    emitter.emit(new Rang());

    expect({ during, calls }).toEqual({ during: [], calls: ['came'] });
  });

  it('has its own handler and payload for each, also after an await', async () => {
    const { scope, emitter } = tower();
    const open = gate();
    const seen: unknown[] = [];
    const keep = (name: string) => async (delivery: Delivery) => {
      await open.promise;
      seen.push([name, (delivery as unknown as { payload: unknown }).payload]);
    };

    const first = new Rang(keep('first'));
    const second = new Rang(keep('second'));
    emitter.emit(first);
    emitter.emit(second);
    open.open();
    await scope.disposeAsync();

    expect(seen).toEqual([
      ['first', first],
      ['second', second],
    ]);
  });
});

describe('a run that is made for a delivery', () => {
  it('ends with the call that asked for its signal, whether that returned or threw', () => {
    const { scope, emitter, errors } = tower();
    const during: number[] = [];

    emitter.emit(new Rang(({ signal }) => during.push(signal.aborted ? 0 : scope.runs.size)));
    emitter.emit(
      new Rang(({ signal }) => {
        during.push(signal.aborted ? 0 : scope.runs.size);
        throw new Error('cracked');
      }),
    );

    expect(during).toEqual([1, 1]);
    expect(scope.runs.size).toBe(0);
    expect(messages(errors)).toEqual(['cracked']);
  });

  it('keeps nobody waiting where its signal is asked for after the call', async () => {
    const { scope, emitter } = tower();
    const kept: Delivery[] = [];
    emitter.emit(new Rang((delivery) => void kept.push(delivery)));

    const aborted = kept.map(({ signal }) => signal.aborted);

    expect(aborted).toEqual([false]);
    expect(scope.runs.size).toBe(0);
  });

  it('holds the end of the scope back where the handler has returned a promise', async () => {
    const { scope, emitter } = tower();
    const open = gate();
    const log: string[] = [];
    emitter.on(Rang, (_rang, _delivery) => {
      throw new Error('behind it');
    });
    emitter.emit(new Rang(() => open.promise.then(() => log.push('settled'))));

    const ended = scope.disposeAsync().then(() => log.push('ended'));
    await settle();
    const early = [...log];
    open.open();
    await ended;

    expect({ early, log }).toEqual({ early: [], log: ['settled', 'ended'] });
  });

  it('gets its signal aborted, also one that is asked for after an await and after the end has begun', async () => {
    const { scope, emitter, clock } = tower();
    const open = gate();
    const reasons: unknown[] = [];
    emitter.emit(
      new Rang((delivery) => open.promise.then(() => reasons.push(delivery.signal.reason))),
    );

    const ended = scope.disposeAsync();
    await clock.advance(100);
    open.open();
    await ended;

    expect(reasons).toEqual([expect.objectContaining({ code: 'CAR3006' })]);
  });

  it('is not waited for by an end that it awaits itself', async () => {
    const { scope, emitter } = tower();
    emitter.on(Rang, async () => undefined);

    let report: unknown;
    emitter.emit(
      new Rang((delivery) => {
        const ended = scope.disposeAsync({ delivery });
        return ended.then((given) => {
          report = given;
        });
      }),
    );
    await settle();

    expect(report).toMatchObject({ scope: 'tower', abandoned: [] });
  });

  it('is there from the start at the first call, which may end the scope before it returns its promise', async () => {
    const scope = createScope({ name: 'tower' });
    const open = gate();
    const log: string[] = [];
    scope.onDispose(() => void log.push('cleaned up'));
    scope.emitter.on(Rang, (_rang, _delivery) => {
      scope.dispose();
      return open.promise.then(() => log.push('settled'));
    });

    scope.emitter.emit(new Rang());
    open.open();
    await scope.disposeAsync();

    expect(log).toEqual(['settled', 'cleaned up']);
  });
});

describe('what a handler with a delivery gives', () => {
  it('is the value of an emitAsync, at once or later, in its place', async () => {
    const { emitter } = tower();
    emitter.on(Rang, (_rang) => 'plain');

    const now = await emitter.emitAsync(new Rang(() => 'now'));
    const later = await emitter.emitAsync(new Rang(() => Promise.resolve('later')));

    expect({ now, later }).toEqual({ now: ['now', 'plain'], later: ['later', 'plain'] });
  });

  it('rejects an emitAsync, thrown or rejected, also after its signal was asked for', async () => {
    const { emitter, errors } = tower();
    const thrown = new Rang(() => {
      throw new Error('thrown');
    });
    const rejected = new Rang(({ signal }) =>
      Promise.reject(new Error(`rejected ${signal.aborted}`)),
    );

    const outcomes = await Promise.allSettled([
      emitter.emitAsync(thrown),
      emitter.emitAsync(rejected),
    ]);

    const causes = outcomes.map(
      (outcome) => outcome.status === 'rejected' && messages(outcome.reason.errors),
    );
    expect(causes).toEqual([['thrown'], ['rejected false']]);
    expect(errors).toEqual([]);
  });

  it('is reported where nobody waits, and stops no other handler', async () => {
    const { emitter, errors } = tower();
    const calls: string[] = [];
    emitter.on(Rang, (_rang, _delivery) => calls.push('heard'));

    emitter.emit(
      new Rang(() => {
        throw new Error('thrown');
      }),
    );
    emitter.emit(new Rang(() => Promise.reject(new Error('rejected'))));
    await settle();

    expect(messages(errors)).toEqual(['thrown', 'rejected']);
    expect(calls).toEqual(['heard', 'heard']);
  });
});

describe('emits inside of handlers with a delivery', () => {
  it('end where they are too deep, reported once, and go on then', () => {
    const { emitter, errors } = tower();
    const endless = (): void => emitter.emit(new Rang(endless));

    emitter.emit(new Rang(endless));
    let heard = false;
    emitter.emit(
      new Rang(() => {
        heard = true;
      }),
    );

    expect([errors.map(({ code }) => code), heard]).toEqual([['CAR4006'], true]);
  });

  it('leave nothing behind where the stack was at its end', () => {
    const { emitter, runtime, runs } = createScope({ depthLimit: 1e9, onError: () => undefined });
    emitter.on(Rang, ({ act }, delivery) => act(delivery));
    emitter.emit(new Rang());
    const endless = (): void => emitter.emit(new Rang(endless));

    try {
      emitter.emit(new Rang(endless));
    } catch {
      // At the end of the stack an error may be told or thrown on: both are well.
    }

    expect({ depth: runtime.depth, size: runs.size }).toEqual({ depth: 0, size: 0 });
  });
});
