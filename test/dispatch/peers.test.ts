/** What the users of other emitters rely on, as their own test-suites check it, in our words. */
import { describe, expect, it } from '@jest/globals';
import { defineEvent, On, ScopedEmitter } from 'carillon';
import { openScope, scopeOf } from 'carillon/inversify';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';

const Tick = defineEvent<number>('tick');
const Tock = defineEvent<number>('tock');

function desk() {
  const fixture = rootContainer();
  const request = openScope(fixture.container, { name: 'request' });
  const heard: unknown[] = [];
  return { ...fixture, request, emitter: request.get(ScopedEmitter), heard };
}

describe('as nanoevents, eventemitter3 and mitt have it', () => {
  it('an emit without handlers does nothing', () => {
    const { emitter, errors } = desk();

    emitter.emit(Tick, 1);

    expect(errors).toEqual([]);
  });

  it('each handler hears the payload itself, in the order of subscribing', () => {
    const { emitter, heard } = desk();
    const payload = { a: 1 };
    emitter.on('changed', (given) => heard.push(['first', given === payload]));
    emitter.on('changed', (given) => heard.push(['second', given === payload]));

    emitter.emit('changed', payload);

    expect(heard).toEqual([
      ['first', true],
      ['second', true],
    ]);
  });

  it('one event does not reach the handlers of another', () => {
    const { emitter, heard } = desk();
    emitter.on(Tick, () => heard.push('tick'));
    emitter.on(Tock, () => heard.push('tock'));

    emitter.emit(Tock, 1);

    expect(heard).toEqual(['tock']);
  });

  it('the same function can be subscribed twice, and each undoing ends its own', () => {
    const { emitter, heard } = desk();
    const hear = (value: number) => heard.push(value);
    const first = emitter.on(Tick, hear);
    emitter.on(Tick, hear);

    emitter.emit(Tick, 1);
    first();
    first();
    emitter.emit(Tick, 2);

    expect(heard).toEqual([1, 1, 2]);
  });

  it('a handler that unsubscribes itself takes no turn from the next one', () => {
    const { emitter, heard } = desk();
    const off = emitter.on(Tick, () => {
      heard.push('first');
      off();
    });
    emitter.on(Tick, () => heard.push('second'));

    emitter.emit(Tick, 1);
    emitter.emit(Tick, 2);

    expect(heard).toEqual(['first', 'second', 'second']);
  });

  it('a handler that unsubscribes a later one keeps it from this emit', () => {
    const { emitter, heard } = desk();
    emitter.on(Tick, () => later());
    const later = emitter.on(Tick, () => heard.push('later'));

    emitter.emit(Tick, 1);

    expect(heard).toEqual([]);
  });

  it('a handler that is subscribed during an emit hears the next one', () => {
    const { emitter, heard } = desk();
    const outer = emitter.on(Tick, () => {
      outer();
      emitter.on(Tick, (value) => heard.push(value));
    });

    emitter.emit(Tick, 1);
    emitter.emit(Tick, 2);

    expect(heard).toEqual([2]);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__'])(
    'a topic may be called %s',
    (topic) => {
      const { emitter, heard } = desk();
      const before = emitter.listenerCount(topic);
      emitter.on(topic, (value) => heard.push(value));

      emitter.emit(topic, 1);

      expect({ before, heard }).toEqual({ before: 0, heard: [1] });
    },
  );

  it('the listeners can be counted, and are named in their order', () => {
    const { emitter, request } = desk();
    class Bell {
      @On(Tick)
      hear() {}
    }
    build(request, Bell);
    const off = emitter.on(Tick, function strike() {});

    const names = emitter.handlers(Tick);
    off();

    expect(names).toEqual(['Bell.hear', 'strike']);
    expect(emitter.listenerCount(Tick)).toBe(1);
    expect(emitter.listenerCount(Tock)).toBe(0);
  });

  it('the list of handlers is a copy', () => {
    const { emitter } = desk();
    emitter.on(Tick, function strike() {});

    (emitter.handlers(Tick) as string[]).length = 0;

    expect(emitter.handlers(Tick)).toEqual(['strike']);
  });

  it('two emitters share nothing', () => {
    const { container, emitter, heard } = desk();
    emitter.on(Tick, () => heard.push('request'));

    container.get(ScopedEmitter).emit(Tick, 1);

    expect(heard).toEqual([]);
  });

  it('all handlers of an emitter can be removed at once: its scope ends', () => {
    const { request, emitter, heard } = desk();
    for (const event of [Tick, Tock]) emitter.on(event, () => heard.push('heard'));

    scopeOf(request).dispose();

    expect([emitter.listenerCount(Tick), emitter.listenerCount(Tock), heard]).toEqual([0, 0, []]);
  });

  it.each([undefined, null, 42, Symbol('tick')])('what is no event is refused: %p', (event) => {
    const { emitter } = desk();

    expect(() => emitter.emit(event as never)).toThrow('CAR4004');
  });

  it('what is no function is refused as a handler', () => {
    const { emitter } = desk();

    expect(() => emitter.on(Tick, 'strike' as never)).toThrow('CAR4005');
  });

  it('falsy payloads arrive as they are', () => {
    const { emitter, heard } = desk();
    emitter.on('value', (value) => heard.push(value));

    for (const value of [0, '', false, null, undefined]) emitter.emit('value', value);

    expect(heard).toEqual([0, '', false, null, undefined]);
  });
});

describe('as emittery has it', () => {
  it('awaits every handler, starting all of them at once', async () => {
    const { emitter, heard } = desk();
    const slow = gate();
    emitter.on(Tick, async () => {
      await slow.promise;
      heard.push('slow');
    });
    emitter.on(Tick, async () => {
      heard.push('quick');
    });

    const emitted = emitter.emitAsync(Tick, 1).then(() => heard.push('emitted'));
    await settle();
    const early = [...heard];
    slow.open();
    await emitted;

    expect(early).toEqual(['quick']);
    expect(heard).toEqual(['quick', 'slow', 'emitted']);
  });

  it('in series, a handler that was removed before its turn is not called', async () => {
    const { emitter, heard } = desk();
    emitter.on(Tick, async () => {
      await settle();
      off();
    });
    const off = emitter.on(Tick, () => heard.push('removed'));

    await emitter.emitAsync(Tick, 1, { strategy: 'serial' });

    expect(heard).toEqual([]);
  });

  it('in series, a handler that is added meanwhile waits for the next emit', async () => {
    const { emitter, heard } = desk();
    emitter.on(Tick, async () => {
      await settle();
      emitter.on(Tick, () => heard.push('added'));
    });

    await emitter.emitAsync(Tick, 1, { strategy: 'serial' });

    expect(heard).toEqual([]);
  });

  it('a handler that fails rejects the emit, after the others have settled', async () => {
    const { emitter, heard } = desk();
    emitter.on(Tick, () => Promise.reject(new Error('cracked')));
    emitter.on(Tick, async () => {
      await settle();
      heard.push('settled');
    });

    await expect(emitter.emitAsync(Tick, 1)).rejects.toMatchObject({ code: 'CAR4002' });
    expect(heard).toEqual(['settled']);
  });

  it('once is a promise of the next event only, and for each who asks', async () => {
    const { emitter } = desk();
    const asked = [emitter.once(Tick), emitter.once(Tick)];

    emitter.emit(Tick, 1);
    emitter.emit(Tick, 2);

    expect(await Promise.all(asked)).toEqual([1, 1]);
    expect(emitter.listenerCount(Tick)).toBe(0);
  });

  it('a predicate that throws rejects whoever waits, and ends the wait', async () => {
    const { emitter, errors } = desk();
    const waited = emitter.waitFor(Tick, () => {
      throw new Error('cracked');
    });

    emitter.emit(Tick, 1);

    await expect(waited).rejects.toThrow('cracked');
    expect(emitter.listenerCount(Tick)).toBe(0);
    expect(errors).toEqual([]);
  });

  it('a loop over events that ends from outside gives its return to all who wait', async () => {
    const { emitter } = desk();
    const events = emitter.iterate(Tick);
    const waiting = [events.next(), events.next()];

    await events.return?.();

    expect((await Promise.all(waiting)).map(({ done }) => done)).toEqual([true, true]);
    expect(emitter.listenerCount(Tick)).toBe(0);
  });

  it('two loops each get every event', async () => {
    const { request, emitter } = desk();
    const loops = [emitter.iterate(Tick), emitter.iterate(Tick)];

    for (const value of [1, 2]) emitter.emit(Tick, value);
    scopeOf(request).dispose();
    const heard: number[][] = [[], []];
    for (const [index, loop] of loops.entries())
      for await (const value of loop) heard[index]?.push(value);

    expect(heard).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });
});

describe('as @nestjs/event-emitter has it, and where it is better', () => {
  it('one method hears several events', () => {
    const { request, emitter, heard } = desk();
    class Bell {
      @On([Tick, Tock])
      hear(value: number) {
        heard.push(value);
      }
    }
    build(request, Bell);

    emitter.emit(Tick, 1);
    emitter.emit(Tock, 2);

    expect(heard).toEqual([1, 2]);
  });

  it('wildcards are heard once for each event, however many segments', () => {
    const { emitter, heard } = desk();
    emitter.on('order.*', () => heard.push('one'));
    emitter.on('order.**', () => heard.push('any'));

    emitter.emit('order.placed', 1);
    emitter.emit('order.placed.rush', 1);

    expect(heard).toEqual(['one', 'any', 'any']);
  });

  it('a handler of a request hears in the instance that is alive, and no more once it has ended', () => {
    const { request, emitter } = desk();
    class Cart {
      items = 0;

      @On(Tick)
      add() {
        this.items += 1;
      }
    }
    const cart = build(request, Cart);

    emitter.emit(Tick, 1);
    scopeOf(request).dispose();
    emitter.emit(Tick, 1);

    expect(cart.items).toBe(1);
  });

  it('an error in a handler stops neither the process nor the others, and is told', () => {
    const { emitter, errors, heard } = desk();
    emitter.on(Tick, () => {
      throw new Error('cracked');
    });
    emitter.on(Tick, () => heard.push('heard'));

    emitter.emit(Tick, 1);

    expect(heard).toEqual(['heard']);
    expect(errors.map(({ code }) => code)).toEqual(['CAR4001']);
  });
});
