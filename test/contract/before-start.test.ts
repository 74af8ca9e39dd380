/** What is emitted, published and deferred before the application has started. */
import { describe, expect, it } from '@jest/globals';
import {
  type BusProvider,
  Deferred,
  defineEvent,
  EventBus,
  EventQueue,
  On,
  ScopedEmitter,
  Subscribe,
} from 'carillon';
import { type ApplicationOptions, openScope, scopeOf, start, stop } from 'carillon/inversify';
import { memoryBus } from 'carillon/testing';
import type { Container } from 'inversify';
import { rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';

class Rang {
  constructor(readonly times: number) {}
}

class Refused {}

const Level = defineEvent<number>('level', { sticky: true });

type Verb = 'emit' | 'publish' | 'defer';

const VERBS: readonly Verb[] = ['emit', 'publish', 'defer'];

function send(container: Container, verb: Verb, times: number): unknown {
  if (verb === 'emit') return container.get(ScopedEmitter).emit(new Rang(times));
  if (verb === 'publish') return container.get(EventBus).publish(new Rang(times));
  return container.get(EventQueue).defer(new Rang(times));
}

/** An application with a service that is built slowly, and one after it that hears all three verbs. */
function tower(options: ApplicationOptions = {}) {
  const fixture = rootContainer(options);
  const { container } = fixture;
  const slow = gate();
  const heard: string[] = [];
  class Slow {
    @On(Refused)
    never() {}
  }
  class Bell {
    @On(Rang)
    onEmit({ times }: Rang) {
      heard.push(`emit ${times}`);
    }

    @Subscribe(Rang)
    onPublish({ times }: Rang) {
      heard.push(`publish ${times}`);
    }

    @Deferred(Rang)
    onDefer({ times }: Rang) {
      heard.push(`defer ${times}`);
    }
  }
  container
    .bind(Slow)
    .toDynamicValue(async () => {
      await slow.promise;
      return new Slow();
    })
    .inSingletonScope();
  container.bind(Bell).toSelf().inSingletonScope();
  return { ...fixture, slow, heard, Bell };
}

/** A bus whose engine may be down. */
function busOn(engine: { isUp: boolean }): BusProvider {
  return {
    name: 'switched',
    capabilities: memoryBus().capabilities,
    attach: () => ({
      publish: async () => undefined,
      ready: async () => undefined,
      add: () => () => undefined,
      start: async () => {
        if (!engine.isUp) throw new Error('no engine');
      },
      end: () => undefined,
      close: async () => undefined,
    }),
  };
}

function codes(errors: readonly { readonly code: string }[]): string[] {
  return errors.map(({ code }) => code);
}

describe('what comes before the start', () => {
  it.each(VERBS)(
    'E13 is kept while start() runs and delivered in order when it has finished: %s',
    async (verb) => {
      const { container, clock, slow, heard } = tower();

      const started = start(container);
      for (const times of [1, 2]) await send(container, verb, times);
      const early = [...heard];
      slow.open();
      await started;
      await clock.advance(0);

      expect(early).toEqual([]);
      expect(heard).toEqual([`${verb} 1`, `${verb} 2`]);
    },
  );

  it.each(['emit', 'publish'] as const)(
    'E13 is delivered to who is there where start() is never called: %s',
    async (verb) => {
      const { container, heard, Bell } = tower();
      container.get(Bell);

      await send(container, verb, 1);

      expect(heard).toEqual([`${verb} 1`]);
    },
  );

  it.each(VERBS)(
    'E13 is kept from the beginning where the application says so: %s',
    async (verb) => {
      const { container, clock, slow, heard, Bell } = tower({ beforeStart: 'keep' });
      container.get(Bell);
      slow.open();

      await send(container, verb, 1);
      const early = [...heard];
      await start(container);
      await clock.advance(0);
      await send(container, verb, 2);
      await clock.advance(0);

      expect(early).toEqual([]);
      expect(heard).toEqual([`${verb} 1`, `${verb} 2`]);
    },
  );

  it.each(VERBS)(
    'E13 is refused where the application says so, until start() has finished: %s',
    async (verb) => {
      const { container, clock, slow, heard } = tower({ beforeStart: 'refuse' });
      const attempt = async () => send(container, verb, 1);

      await expect(attempt()).rejects.toMatchObject({ code: 'CAR4013' });
      const started = start(container);
      await expect(attempt()).rejects.toMatchObject({ code: 'CAR4013' });
      slow.open();
      await started;
      await clock.advance(0);
      await send(container, verb, 2);
      await clock.advance(0);

      expect(heard).toEqual([`${verb} 2`]);
    },
  );

  it('E13 reaches who is there, also while start() runs, with deliver', async () => {
    const { container, slow, heard, Bell } = tower({ beforeStart: 'deliver' });
    container.get(Bell);

    const started = start(container);
    await send(container, 'emit', 1);
    const early = [...heard];
    slow.open();
    await started;

    expect(early).toEqual(['emit 1']);
    expect(heard).toEqual(early);
  });

  it.each(['emit', 'publish'] as const)(
    'E13 is refused beyond its bound, and the rest is delivered: %s',
    async (verb) => {
      const { container, clock, slow, heard } = tower({ beforeStart: { keep: 2 } });
      slow.open();
      for (const times of [1, 2]) await send(container, verb, times);

      await expect((async () => send(container, verb, 3))()).rejects.toMatchObject({
        code: 'CAR4014',
      });
      await start(container);
      await clock.advance(0);

      expect(heard).toEqual([`${verb} 1`, `${verb} 2`]);
    },
  );

  it('E13 cannot be answered: emitAsync is refused rather than to wait for a start that may wait for it', async () => {
    const { container, slow } = tower();

    const started = start(container);
    const asked = container.get(ScopedEmitter).emitAsync(new Rang(1));
    slow.open();

    await expect(asked).rejects.toMatchObject({ code: 'CAR4013' });
    await started;
  });

  it('E13 is told when the application ends before it has started', async () => {
    const { container, errors } = tower({ beforeStart: 'keep' });
    const emitter = container.get(ScopedEmitter);
    emitter.emit(new Rang(1));
    await send(container, 'publish', 2);

    await stop(container);
    emitter.emit(new Rang(3));

    expect(codes(errors)).toEqual(['CAR3007', 'CAR3004']);
    expect(errors[0]?.message).toContain('2 event(s)');
  });

  it('E13 is told when its own scope ended before the application had started', async () => {
    const { container, errors, slow } = tower();
    const request = openScope(container, { name: 'request' });

    const started = start(container);
    request.get(ScopedEmitter).emit(new Rang(1));
    scopeOf(request).dispose();
    slow.open();
    await started;

    expect(codes(errors)).toEqual(['CAR3004']);
  });

  it('E13 is not refused by a scope that has ended, which has its own report', async () => {
    const { container, errors } = tower({ beforeStart: 'refuse' });
    const request = openScope(container, { name: 'request' });
    const emitter = request.get(ScopedEmitter);
    scopeOf(request).dispose();

    emitter.emit(new Rang(1));

    expect(codes(errors)).toEqual(['CAR3004']);
  });

  it('E13 goes the short way and the long way alike: an emit that was plain before is kept too', async () => {
    const { container, slow, heard, Bell } = tower();
    container.get(Bell);
    const emitter = container.get(ScopedEmitter);
    for (const times of [1, 2]) emitter.emit(new Rang(times));

    const started = start(container);
    emitter.emit(new Rang(3));
    const early = heard.length;
    slow.open();
    await started;

    expect(early).toBe(2);
    expect(heard).toEqual(['emit 1', 'emit 2', 'emit 3']);
  });

  it('E13 has its errors reported: its caller has gone', async () => {
    const { container, errors, slow } = tower();
    container.get(ScopedEmitter).on(Refused, () => {
      throw new Error('cracked');
    });

    const started = start(container);
    container.get(ScopedEmitter).emit(new Refused(), { errors: 'throw' });
    slow.open();
    await started;

    expect(codes(errors)).toEqual(['CAR4002']);
  });

  it.each([
    ['is delivered when a start fails, as before the start', undefined, [['emit 1'], ['emit 1']]],
    ['is kept for the next start where it is kept before it', 'keep' as const, [[], ['emit 1']]],
  ])('E13 %s', async (_, beforeStart, expected) => {
    const engine = { isUp: false };
    const { container, slow, heard } = tower({
      bus: busOn(engine),
      ...(beforeStart === undefined ? {} : { beforeStart }),
    });
    slow.open();

    const failing = start(container);
    await send(container, 'emit', 1);
    await expect(failing).rejects.toThrow('no engine');
    const early = [...heard];
    engine.isUp = true;
    await start(container);

    expect([early, heard]).toEqual(expected);
  });

  it('E13 keeps what is sticky and what is settled', async () => {
    const { container, slow } = tower();
    const emitter = container.get(ScopedEmitter);

    const started = start(container);
    emitter.emit(Level, 7);
    emitter.settle('ready', 'yes');
    slow.open();
    await started;

    expect([await emitter.once(Level), await emitter.once('ready')]).toEqual([7, 'yes']);
  });

  it.each([0, -1, 1.5, Number.NaN, '9'])('CAR7003 refuses to keep %s', (keep) => {
    expect(() => rootContainer({ beforeStart: { keep: keep as number } })).toThrow('CAR7003');
    expect(() => rootContainer({ beforeStart: 'later' as 'keep' })).toThrow('CAR7003');
  });
});
