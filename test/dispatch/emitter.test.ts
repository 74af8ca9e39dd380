/** The emitter by itself: errors, bases, and what is no event. */

import { describe, expect, it } from '@jest/globals';
import { defineEvent, type EmitError, On, ScopedEmitter } from 'carillon';
import { openScope } from 'carillon/inversify';
import { type Fixture, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

class Rang {}

class Chimed extends Rang {}

class Pealed extends Chimed {}

const Tick = defineEvent<number>('tick');

interface Desk extends Fixture {
  readonly emitter: ScopedEmitter;
}

function desk(): Desk {
  const fixture = rootContainer();
  return { ...fixture, emitter: fixture.container.get(ScopedEmitter) };
}

/** Two handlers that fail, at once and later, around one that does well. */
class Fragile {
  readonly heard: unknown[] = [];

  @On(Rang)
  @On(Tick)
  @On('bell')
  throws(_event: unknown) {
    throw new Error('cracked');
  }

  @On(Rang)
  @On(Tick)
  @On('bell')
  async rejects(_event: unknown) {
    throw new Error('cracked later');
  }

  @On(Rang)
  @On(Tick)
  @On('bell')
  hears(event: unknown) {
    this.heard.push(event);
    return 'heard';
  }
}

function fragile({ container }: Desk): Fragile {
  container.bind(Fragile).toSelf().inSingletonScope();
  return container.get(Fragile);
}

describe('errors of handlers', () => {
  it('go to the application, in order, when nobody asks for them', async () => {
    const own = desk();
    const { heard } = fragile(own);

    own.emitter.emit(new Rang());
    own.emitter.emit(Tick, 1);
    own.emitter.emit('bell', 'x', { errors: 'report' });
    await settle();

    expect(heard).toEqual([new Rang(), 1, 'x']);
    expect(own.errors.map((error) => [error.code, (error as { method?: string }).method])).toEqual([
      ...Array.from({ length: 3 }, () => ['CAR4001', 'throws']),
      ...Array.from({ length: 3 }, () => ['CAR4001', 'rejects']),
    ]);
  });

  it('go to the caller together after all handlers ran; later ones go to the application', async () => {
    const own = desk();
    const { heard } = fragile(own);
    let caught: unknown;

    try {
      own.emitter.emit(new Rang(), { errors: 'throw' });
    } catch (error) {
      caught = error;
    }
    await settle();

    expect(heard).toHaveLength(1);
    expect(caught).toMatchObject({
      code: 'CAR4002',
      errors: [
        {
          className: 'Fragile',
          method: 'throws',
          event: 'Rang',
          scope: 'application',
          cause: new Error('cracked'),
        },
      ],
    });
    expect(own.errors).toEqual([expect.objectContaining({ method: 'rejects' })]);
  });

  it('reject emitAsync together once all handlers have settled', async () => {
    const own = desk();
    fragile(own);
    const slow = gate();
    own.emitter.on(Tick, () => slow.promise);
    let settled = false;

    const emitted = own.emitter.emitAsync(Tick, 1).finally(() => {
      settled = true;
    });
    const seen = emitted.catch((error: EmitError) => error);
    await settle();
    const early = settled;
    slow.open();

    expect(early).toBe(false);
    expect((await seen) as EmitError).toMatchObject({
      code: 'CAR4002',
      errors: [{ method: 'throws' }, { method: 'rejects' }],
    });
    expect(own.errors).toEqual([]);
  });

  it('are reported by emitAsync on request, with undefined in their places', async () => {
    const own = desk();
    fragile(own);

    const values = await own.emitter.emitAsync('bell', 1, { errors: 'report' });

    expect(values).toEqual([undefined, undefined, 'heard']);
    expect(own.errors.map((error) => (error as { method?: string }).method)).toEqual([
      'throws',
      'rejects',
    ]);
  });

  it('that are no Error objects are kept as the cause', () => {
    const { emitter, errors } = desk();
    emitter.on(Rang, function strike() {
      throw 'a string';
    });
    emitter.on(Rang, () => {
      throw undefined;
    });

    emitter.emit(new Rang());

    expect(errors.map(({ cause }) => cause)).toEqual(['a string', undefined]);
    expect(errors[0]?.message).toContain('strike failed on Rang in scope "application": a string');
  });

  it('stop no other handler when the error handler itself fails', () => {
    const { container } = rootContainer({
      onError: () => {
        throw new Error('the log is full');
      },
    });
    const emitter = container.get(ScopedEmitter);
    const printed = silenceConsole();
    let heard = 0;
    emitter.on(Rang, () => {
      throw new Error('cracked');
    });
    emitter.on(Rang, () => {
      heard += 1;
    });

    emitter.emit(new Rang());
    printed.restore();

    expect(heard).toBe(1);
    expect(printed.values).toEqual([
      expect.objectContaining({ code: 'CAR4001' }),
      new Error('the log is full'),
    ]);
  });
});

describe('what is no event', () => {
  it.each([
    [undefined],
    [null],
    [42],
    [Rang],
    [Symbol('rang')],
    [Object.create(null)],
    [''],
    ['a..b'],
    ['a.*'],
  ])('CAR4004: is refused: %p', async (event) => {
    const { emitter } = desk();

    expect(() => emitter.emit(event as string, 1)).toThrow(
      expect.objectContaining({ code: 'CAR4004' }),
    );
    await expect(emitter.emitAsync(event as string, 1)).rejects.toMatchObject({ code: 'CAR4004' });
  });

  it('CAR4004: a class in place of its instance is named, and its source is not shown', () => {
    const { emitter } = desk();

    expect(() => emitter.emit(Rang as never)).toThrow(
      'CAR4004: emit(Rang) was given no event. Rang is a class: give an instance, emit(new Rang(…)).',
    );
  });
});

describe('handlers of a base class', () => {
  it('E14 hear the events of its subclasses, in one order with theirs', () => {
    const { emitter } = desk();
    const heard: string[] = [];
    const listen = (name: string, event: typeof Rang, priority = 0) =>
      emitter.on(event, () => heard.push(name), { priority });
    listen('Chimed', Chimed);
    listen('Rang first', Rang, 1);
    listen('Rang', Rang);
    listen('Pealed', Pealed);
    listen('Rang last', Rang, -1);
    listen('Chimed first', Chimed, 1);

    const order = [new Rang(), new Chimed(), new Pealed()].map((event) => {
      emitter.emit(event);
      return heard.splice(0);
    });

    expect(order).toEqual([
      ['Rang first', 'Rang', 'Rang last'],
      ['Rang first', 'Chimed first', 'Chimed', 'Rang', 'Rang last'],
      ['Rang first', 'Chimed first', 'Chimed', 'Rang', 'Pealed', 'Rang last'],
    ]);
  });

  it('E14 are found and lost also after a subclass has been emitted', () => {
    const { emitter } = desk();
    const heard: string[] = [];
    emitter.on(Pealed, () => heard.push('own'));
    emitter.emit(new Pealed());
    const off = emitter.on(Rang, () => heard.push('base'));

    emitter.emit(new Pealed());
    const count = emitter.listenerCount(Pealed);
    off();
    emitter.emit(new Pealed());

    expect(heard).toEqual(['own', 'own', 'base', 'own']);
    expect([count, emitter.listenerCount(Pealed), emitter.listenerCount(Rang)]).toEqual([2, 1, 0]);
  });
});

describe('once and on', () => {
  it('once gives the next event, and no later one', async () => {
    const { emitter } = desk();
    const promise = emitter.once(Tick);

    emitter.emit(Tick, 1);
    emitter.emit(Tick, 2);

    await expect(promise).resolves.toBe(1);
    expect(emitter.listenerCount(Tick)).toBe(0);
  });

  it('once rejects when its scope ends first, and is no unhandled rejection when nobody looks', async () => {
    const { container } = desk();
    const child = openScope(container, { name: 'request' });
    const emitter = child.get(ScopedEmitter);
    void emitter.once(Tick);
    const awaited = emitter.once(Rang);

    child[Symbol.dispose]();

    await expect(awaited).rejects.toMatchObject({
      code: 'CAR3002',
      message: expect.stringContaining('Scope "request" ended'),
    });
  });

  it('on is refused once its scope has ended', () => {
    const { container } = desk();
    const child = openScope(container, { name: 'request' });
    const emitter = child.get(ScopedEmitter);
    child[Symbol.dispose]();

    expect(() => emitter.on(Rang, () => undefined)).toThrow('CAR3001: Scope "request" has ended');
  });

  it('one function that is subscribed twice is called twice, and unsubscribed one at a time', () => {
    const { emitter } = desk();
    let calls = 0;
    const count = () => {
      calls += 1;
    };
    const off = emitter.on(Rang, count);
    emitter.on(Rang, count);

    emitter.emit(new Rang());
    off();
    off();
    emitter.emit(new Rang());

    expect(calls).toBe(3);
  });
});

describe('a topic that is emitted again', () => {
  it('E10 reaches the patterns that came and went meanwhile', () => {
    const { emitter } = desk();
    const heard: string[] = [];
    const listen = (pattern: string) => emitter.on(pattern as string, () => heard.push(pattern));
    const emit = () => {
      emitter.emit('order.placed' as string, undefined);
      return heard.splice(0);
    };

    const off = listen('order.*');
    const first = emit();
    listen('**');
    const second = emit();
    off();
    const third = emit();
    listen('order.placed');

    expect({ first, second, third, emit: emit() }).toEqual({
      first: ['order.*'],
      second: ['order.*', '**'],
      third: ['**'],
      emit: ['**', 'order.placed'],
    });
  });

  it('E10 is heard also after thousands of others', () => {
    const { emitter } = desk();
    const heard: unknown[] = [];
    emitter.on('order.*.placed' as string, (id) => heard.push(id));
    const ids = Array.from({ length: 3000 }, (_, id) => id);

    for (const id of [...ids, 7]) emitter.emit(`order.${id}.placed` as string, id);

    expect(heard).toEqual([...ids, 7]);
  });
});

/** Keeps what is printed as an error from the screen. */
function silenceConsole(): { readonly values: unknown[]; restore(): void } {
  const values: unknown[] = [];
  const original = console.error;
  console.error = (value) => void values.push(value);
  return {
    values,
    restore: () => {
      console.error = original;
    },
  };
}

describe('an emitAsync that emits itself without end', () => {
  it('E7 rejects, and starts its handlers as before then', async () => {
    const { emitter, errors } = desk();
    let nested = true;
    emitter.on(Rang, () => {
      if (nested) emitter.emit(new Rang());
      return 'heard';
    });

    await expect(emitter.emitAsync(new Rang())).rejects.toMatchObject({ code: 'CAR4006' });
    nested = false;

    expect(await emitter.emitAsync(new Rang())).toEqual(['heard']);
    expect(errors).toEqual([]);
  });
});
