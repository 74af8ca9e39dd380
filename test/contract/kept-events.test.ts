/** E21: what those get who come late. */
import { describe, expect, it } from '@jest/globals';
import { defineEvent, EventType, On, ScopedEmitter } from 'carillon';
import { openScope, start } from 'carillon/inversify';
import { rootContainer } from '../support/container.js';

class Changed {
  constructor(readonly value: number) {}
}
@EventType({ name: 'level', sticky: true })
class Level extends Changed {}
@EventType({ name: 'mode', sticky: true })
class Mode extends Changed {}
class Moved extends Changed {}

const Volume = defineEvent<number>('volume', { sticky: true });

function emitter(options: { record?: boolean | number } = {}) {
  const { container } = rootContainer();
  return openScope(container, options).get(ScopedEmitter);
}

describe('who comes late', () => {
  it('E21 gets each recorded emission once, in order, also where payloads are equal', () => {
    const recording = emitter({ record: true });
    for (const value of [1, 2, 1]) recording.emit(Volume, value);
    for (const topic of ['door.open', 'door.shut', 'door.locked'] as const)
      recording.emit(topic, undefined as never, { sticky: topic === 'door.locked' });
    const volumes: number[] = [];
    let doors = 0;

    recording.on(Volume, (value) => void volumes.push(value), { replay: true });
    recording.on(
      'door.*',
      () => {
        doors += 1;
      },
      { replay: true },
    );

    expect(volumes).toEqual([1, 2, 1]);
    expect(doors).toBe(3);
  });

  it('E21 gets what is sticky in its place among what is recorded, also where the record has dropped it', () => {
    const recording = emitter({ record: 2 });
    recording.emit(new Level(1));
    recording.emit(new Moved(2));
    const early: number[] = [];
    recording.on(Changed, ({ value }) => void early.push(value), { replay: true });
    for (const value of [3, 4, 5]) recording.emit(new Moved(value));
    const late: number[] = [];
    recording.on(Changed, ({ value }) => void late.push(value), { replay: true });

    expect(early.slice(0, 2)).toEqual([1, 2]);
    expect(late).toEqual([1, 4, 5]);
  });

  it('E21 gets the sticky event that was emitted last, also of a base class and of a pattern', () => {
    const shop = emitter();
    for (const event of [new Level(1), new Mode(2), new Level(3)]) shop.emit(event);
    for (const [topic, value] of [
      ['a.x', 1],
      ['a.y', 2],
      ['a.x', 3],
    ] as const)
      shop.emit(topic, value as never, { sticky: true });
    const got: unknown[] = [];

    shop.on(Changed, ({ value }) => void got.push(value));
    shop.on('a.*', (value: unknown) => void got.push(value));

    expect(got).toEqual([3, 3]);
  });

  it('E21 gets nothing of what was refused', () => {
    const Locked = defineEvent<number>('locked', { sticky: true, reentrancy: 'forbid' });
    const shop = emitter();
    const refused: unknown[] = [];
    shop.on(Locked, () => {
      try {
        shop.emit(Locked, 2);
      } catch (error) {
        refused.push((error as { code: string }).code);
      }
    });
    shop.emit(Locked, 1);
    const got: number[] = [];

    shop.on(Locked, (value) => void got.push(value));

    expect(refused).toEqual(['CAR4006']);
    expect(got).toEqual([1]);
  });

  it('E21 gets a queued sticky event once, when it is wired before that has its turn', () => {
    const Queued = defineEvent<number>('queued', { sticky: true, reentrancy: 'queue' });
    const shop = emitter();
    const got: number[] = [];
    shop.on(Queued, (value) => {
      if (value > 1) return;
      shop.emit(Queued, 2);
      shop.on(Queued, (late) => void got.push(late));
    });

    shop.emit(Queued, 1);

    expect(got).toEqual([1, 2]);
  });

  it('E21 gets a settled event once, also where it is settled while start() runs; settling it again is refused', async () => {
    class Ready {}
    const { container } = rootContainer();
    const told: string[] = [];
    const codes: string[] = [];
    class Database {
      constructor() {
        const shop = container.get(ScopedEmitter);
        shop.settle(new Ready());
        try {
          shop.settle(new Ready());
        } catch (error) {
          codes.push((error as { code: string }).code);
        }
      }
      @On('x')
      x() {}
    }
    class Server {
      @On(Ready)
      listen() {
        told.push('server');
      }
    }
    container
      .bind(Database)
      .toDynamicValue(() => new Database())
      .inSingletonScope();
    container.bind(Server).toSelf().inSingletonScope();
    container
      .bind('first')
      .toDynamicValue(() => container.get(Database))
      .inSingletonScope();
    container.get('first');

    await start(container);
    container.get(ScopedEmitter).on(Ready, () => void told.push('late'));

    expect(told).toEqual(['server', 'late']);
    expect(codes).toEqual(['CAR4008']);
    expect(() => container.get(ScopedEmitter).settle(new Ready())).toThrow('CAR4008');
    expect(() => container.get(ScopedEmitter).fail(Ready, new Error('no'))).toThrow('CAR4008');
  });

  it('E21 can be given what was first refused', () => {
    class Ready {}
    const { container } = rootContainer({ beforeStart: 'refuse' });
    const shop = container.get(ScopedEmitter);

    expect(() => shop.settle(new Ready())).toThrow('CAR4013');
    expect(() => shop.settle(new Ready())).toThrow('CAR4013');
  });
});

describe('a pattern', () => {
  it('is counted once, and cannot fail', () => {
    const shop = emitter();
    shop.on('test.*', function hear() {});
    shop.on('**', function all() {});

    expect(shop.handlers('test.*')).toEqual(['hear', 'all']);
    expect(shop.listenerCount('**')).toBe(1);
    expect(() => shop.fail('test.*', new Error('no'))).toThrow('CAR4004');
  });
});
