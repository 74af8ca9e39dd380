/** What a task can wait for, and when it goes on. */
import { describe, expect, it } from '@jest/globals';
import {
  all,
  type Coroutine,
  defineEvent,
  nextTick,
  race,
  settled,
  sleep,
  spawn,
  until,
  when,
} from 'carillon';
import { gate } from '../support/gate.js';
import { settle } from '../support/manual-clock.js';
import { stage } from '../support/stage.js';

class Damaged {
  constructor(readonly id: string) {}
}

const Rang = defineEvent<number>('rang');

describe('a task', () => {
  it('S1 runs at once until its first yield, and goes on in the next tick after a bare one', () => {
    const { scope, clock, log } = stage();

    spawn(scope, function* () {
      log.push('first');
      yield;
      log.push('second');
      yield* nextTick();
      log.push('third');
    });

    expect(log).toEqual(['first']);
    clock.tick(0);
    expect(log).toEqual(['first', 'second']);
    clock.tick(0);
    expect(log).toEqual(['first', 'second', 'third']);
  });

  it.each([
    [2000, 2000],
    ['2s', 2000],
    ['250ms', 250],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ] as const)('S1 sleeps for %p', (duration, milliseconds) => {
    const { scope, clock, log } = stage();
    spawn(scope, function* () {
      yield* sleep(duration);
      log.push(clock.now());
    });

    clock.tick(milliseconds - 1);
    expect(log).toEqual([]);
    clock.tick(1);

    expect(log).toEqual([milliseconds]);
  });

  it('S1 sleeps longer than a timer of the platform can', () => {
    const { scope, clock, log } = stage();
    spawn(scope, function* () {
      yield* sleep('60d');
      log.push('awake');
    });

    clock.tick(2 ** 31 - 1);
    clock.tick(60 * 86_400_000 - 2 ** 31);
    expect(log).toEqual([]);
    clock.tick(1);

    expect(log).toEqual(['awake']);
  });

  it('S1 goes on at an event, within the emit, and misses none that follows', () => {
    const { scope, log } = stage();
    spawn(scope, function* () {
      for (;;) log.push(yield* until(Rang));
    });

    for (const stroke of [1, 2, 3]) {
      scope.emitter.emit(Rang, stroke);
      log.push('emitted');
    }

    expect(log).toEqual([1, 'emitted', 2, 'emitted', 3, 'emitted']);
    expect(scope.emitter.listenerCount(Rang)).toBe(1);
  });

  it('S1 passes over the events for which the predicate says no', () => {
    const { scope, log } = stage();
    spawn(scope, function* () {
      const hit = yield* until(Damaged, ({ id }) => id === 'b');
      log.push(hit.id);
    });

    for (const id of ['a', 'b', 'b']) scope.emitter.emit(new Damaged(id));

    expect(log).toEqual(['b']);
    expect(scope.emitter.listenerCount(Damaged)).toBe(0);
  });

  it('S1 goes on in the tick after a promise has settled, with its value', async () => {
    const { scope, clock, log } = stage();
    const answer = gate<string>();
    spawn(scope, function* () {
      log.push(yield* settled(answer.promise));
    });

    answer.open('yes');
    await settle();
    expect(log).toEqual([]);
    clock.tick(0);

    expect(log).toEqual(['yes']);
  });

  it('S1 gets the error of a promise thrown', async () => {
    const { scope, clock, errors, log } = stage();
    const answer = gate();
    spawn(scope, function* () {
      try {
        yield* settled(answer.promise);
      } catch (error) {
        log.push(error);
      }
    });

    answer.fail('no');
    await settle();
    clock.tick(0);

    expect(log).toEqual(['no']);
    expect(errors).toEqual([]);
  });

  it('S1 asks a predicate once in each tick until it holds', () => {
    const { scope, clock, log } = stage();
    let isOpen = false;
    const door = () => {
      log.push('asked');
      return isOpen;
    };
    spawn(scope, function* () {
      yield* when(door);
      log.push('through');
    });

    clock.tick(0);
    clock.tick(0);
    isOpen = true;
    clock.tick(0);
    clock.tick(0);

    expect(log).toEqual(['asked', 'asked', 'asked', 'through']);
  });

  it('S1 goes on with what a generator returns that it waits for', () => {
    const { scope, clock, log } = stage();
    function* walk(steps: number): Coroutine<string> {
      for (let step = 0; step < steps; step += 1) yield;
      return `${steps} steps`;
    }

    spawn(scope, function* () {
      log.push(yield* walk(2));
    });
    clock.tick(0);
    clock.tick(0);

    expect(log).toEqual(['2 steps']);
  });

  it.each([
    ['when', () => when(() => fail())],
    ['until', () => until(Rang, () => fail())],
  ])('gets an error of the predicate of %s thrown', (_, wait) => {
    const { scope, clock, errors, log } = stage();
    spawn(scope, function* () {
      try {
        yield* wait();
      } catch (error) {
        log.push((error as Error).message);
      }
    });

    clock.tick(0);
    scope.emitter.emit(Rang, 1);

    expect(log).toEqual(['the predicate failed']);
    expect(errors).toEqual([]);
  });
});

describe('race', () => {
  it('S1 gives the value of the first, and ends the others', () => {
    const { scope, clock, log } = stage();
    spawn(scope, function* () {
      log.push(yield* race([until(Rang), sleep('5s'), endless(log)]));
    });

    scope.emitter.emit(Rang, 7);

    expect(log).toEqual(['left', 7]);
    expect(scope.emitter.listenerCount(Rang)).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('S1 says under which key the first was', () => {
    const { scope, clock, log } = stage();
    spawn(scope, function* () {
      const won = yield* race({ hit: until(Damaged), calm: sleep('5s') });
      log.push(won.key === 'hit' ? won.value.id : won.key);
    });

    clock.tick(5000);

    expect(log).toEqual(['calm']);
    expect(scope.emitter.listenerCount(Damaged)).toBe(0);
  });

  it('throws what the first to end throws', () => {
    const { scope, clock, log } = stage();
    spawn(scope, function* () {
      try {
        yield* race([failing(1), sleep(5)]);
      } catch (error) {
        log.push((error as Error).message);
      }
    });

    clock.tick(1);

    expect(log).toEqual(['a wait failed']);
    expect(clock.pending).toBe(0);
  });
});

describe('all', () => {
  it('S1 gives every value in the order of the list', () => {
    const { scope, clock, log } = stage();
    function* late(): Coroutine<string> {
      yield* sleep(5);
      return 'late';
    }
    spawn(scope, function* () {
      log.push(yield* all([late(), until(Rang), sleep(1)]));
    });

    scope.emitter.emit(Rang, 1);
    scope.emitter.emit(Rang, 2);
    clock.tick(5);

    expect(log).toEqual([['late', 1, undefined]]);
  });

  it('S1 gives every value under its name', () => {
    const { scope, clock, log } = stage();
    spawn(scope, function* () {
      const { hit, rang } = yield* all({ hit: until(Damaged), rang: until(Rang) });
      log.push(hit.id, rang);
    });

    scope.emitter.emit(Rang, 1);
    scope.emitter.emit(new Damaged('a'));
    clock.tick(0);

    expect(log).toEqual(['a', 1]);
  });

  it('of nothing goes on in the next tick', () => {
    const { scope, clock, log } = stage();
    spawn(scope, function* () {
      log.push(yield* all([]));
    });

    expect(log).toEqual([]);
    clock.tick(0);

    expect(log).toEqual([[]]);
  });

  it('ends the others when one fails, and throws its error', () => {
    const { scope, clock, log } = stage();
    spawn(scope, function* () {
      try {
        yield* all([failing(1), endless(log), until(Rang)]);
      } catch (error) {
        log.push((error as Error).message);
      }
    });

    clock.tick(1);

    expect(log).toEqual(['left', 'a wait failed']);
    expect({ listenerCount: scope.emitter.listenerCount(Rang), pending: clock.pending }).toEqual({
      listenerCount: 0,
      pending: 0,
    });
  });
});

describe('a wait that ends as it begins', () => {
  it('S1 lets the task go on in the next tick, so that none goes round in one tick for ever', () => {
    const { scope, clock, log } = stage();
    // biome-ignore lint/correctness/useYield: it is what is tested
    function* nothing(): Coroutine<number> {
      return 1;
    }
    spawn(scope, function* () {
      for (;;)
        log.push(
          yield* race([nothing()]),
          yield* all([]),
          yield* sleep(0),
          yield* when(() => true),
        );
    });

    for (let tick = 0; tick < 8; tick += 1) clock.tick(1);

    expect(log).toEqual([1, [], undefined, undefined, 1, [], undefined, undefined]);
  });
});

describe('bad waits', () => {
  it.each([[-1], [Number.NaN], ['2 s'], ['soon'], [''], [undefined], [null], ['-2s'], [{}]])(
    'CAR6001: sleep refuses %p',
    (duration) => {
      expect(() => sleep(duration as never)).toThrow(expect.objectContaining({ code: 'CAR6001' }));
    },
  );

  it('CAR6004: settled refuses what is no promise', () => {
    expect(() => settled(undefined as never)).toThrow(expect.objectContaining({ code: 'CAR6004' }));
    expect(() => settled(42 as never)).toThrow(expect.objectContaining({ code: 'CAR6004' }));
  });

  it.each([[Promise.resolve()], [42], ['2s'], [null], [{}]])(
    'CAR6004: a task that yields %p ends, its finally blocks run',
    (value) => {
      const { scope, errors, clock, log } = stage();
      const task = spawn(scope, function* () {
        try {
          yield value as never;
          log.push('resumed');
        } finally {
          log.push('left');
        }
      });

      clock.tick(1);

      expect(task.state).toBe('failed');
      expect(errors.map(({ cause }) => (cause as { code?: string }).code)).toEqual(['CAR6004']);
      expect(log).toEqual(['left']);
    },
  );

  it.each([
    [() => race([])],
    [() => race({})],
    [() => race([undefined as never])],
    [() => race(undefined as never)],
    [() => all(null as never)],
    [() => all({ a: 'b' as never })],
    [() => race([[1].values() as never])],
    [() => race([(async function* () {})() as never])],
  ])('S5 CAR6006: %s has nothing to wait for', (make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'CAR6006' }));
  });

  it('CAR6004: when refuses something that is not a function', () => {
    expect(() => when(true as never)).toThrow(expect.objectContaining({ code: 'CAR6004' }));
  });

  it('CAR1007: until refuses a predicate that is not a function', () => {
    expect(() => until(Rang, 'a' as never)).toThrow(expect.objectContaining({ code: 'CAR1007' }));
  });

  it('CAR1004: until gets thrown that its event is none', () => {
    const { scope, clock, errors } = stage();
    spawn(scope, function* () {
      yield* until(undefined as never);
    });

    clock.tick(0);

    expect(errors.map(({ cause }) => (cause as { code: string }).code)).toEqual(['CAR1004']);
  });
});

function fail(): never {
  throw new Error('the predicate failed');
}

function* endless(log: unknown[]): Coroutine<never> {
  try {
    for (;;) yield;
  } finally {
    log.push('left');
  }
}

function* failing(after: number): Coroutine<void> {
  yield* sleep(after);
  throw new Error('a wait failed');
}
