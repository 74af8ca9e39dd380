/** Tasks without a class: how they run, how they end, and who hears of it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import {
  all,
  type CarillonError,
  type Coroutine,
  defineEvent,
  race,
  type Scope,
  settled,
  sleep,
  spawn,
  type Task,
  until,
  type Wait,
  when,
} from 'carillon';
import { openScope, scopeOf } from 'carillon/inversify';
import { settle } from '../support/manual-clock.js';
import { stage } from '../support/stage.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const Rang = defineEvent<number>('rang');

const never = new Promise<void>(() => undefined);

const waits: readonly [string, () => Coroutine][] = [
  ['a tick', () => idle(() => undefined)],
  ['a time', () => idle(() => sleep('1s'))],
  ['an event', () => idle(() => until(Rang))],
  ['a promise', () => idle(() => settled(never))],
  ['a predicate', () => idle(() => when(() => false))],
  [
    'several things',
    () => idle(() => race([until(Rang), sleep('1s'), settled(never), idle(() => undefined)])),
  ],
];

describe('tasks of one tick', () => {
  it('S2 run first in first out, each once', () => {
    const { scope, clock, log } = stage();
    for (const name of ['a', 'b', 'c']) {
      spawn(scope, function* () {
        for (;;) {
          yield;
          log.push(name);
        }
      });
    }

    clock.tick(16);
    clock.tick(16);

    expect(log).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('S2 of different times run in the order of their times', () => {
    const { scope, clock, log } = stage();
    for (const time of [30, 10, 20, 10]) {
      spawn(scope, function* () {
        yield* sleep(time);
        log.push(time);
      });
    }

    clock.tick(100);

    expect(log).toEqual([10, 10, 20, 30]);
  });

  it('S2 one that throws ends alone and is reported', () => {
    const { scope, clock, errors, log } = stage();
    const cause = new Error('out of rope');
    const bad = spawn(scope, function* climb() {
      yield;
      throw cause;
    });
    spawn(scope, function* () {
      yield;
      log.push('the other');
    });

    clock.tick(0);

    expect(bad.state).toBe('failed');
    expect(log).toEqual(['the other']);
    expect(errors).toEqual([expect.objectContaining({ code: 'CAR6003', cause })]);
    expect(errors[0]?.message).toMatch(/"climb" .*"application": out of rope/);
  });

  it('S2 one that throws in its first turn is reported, not thrown at whoever spawned it', () => {
    const { scope, errors } = stage();

    const task = spawn(scope, function* () {
      if (scope.state === 'open') throw new Error('at once');
      yield;
    });

    expect(task.state).toBe('failed');
    expect(errors.map(({ code }) => code)).toEqual(['CAR6003']);
  });
});

describe('done', () => {
  it('gives what the generator returns', async () => {
    const { scope, clock } = stage();
    const task = spawn(scope, function* () {
      yield;
      return 'there';
    });
    const early = task.done;

    clock.tick(0);

    expect({ early: await early, done: await task.done, state: task.state }).toEqual({
      early: 'there',
      done: 'there',
      state: 'done',
    });
  });

  it('takes the error, which is not reported then', async () => {
    const { scope, clock, errors } = stage();
    const task = spawn(scope, function* () {
      yield;
      throw new Error('no');
    });
    const { done } = task;

    clock.tick(0);

    await expect(done).rejects.toThrow('no');
    expect(errors).toEqual([]);
  });

  it('CAR6002: rejects when the task is cancelled', async () => {
    const { scope, errors } = stage();
    const task = spawn(scope, function* patrol() {
      yield;
    });
    const { done } = task;

    task.cancel();

    await expect(done).rejects.toThrow(
      expect.objectContaining({ code: 'CAR6002', message: expect.stringContaining('"patrol"') }),
    );
    expect(errors).toEqual([]);
  });
});

describe('a cancelled task', () => {
  it.each(waits)(
    'S4 that waits for %s runs its finally blocks, is never resumed, and leaves nothing behind',
    async (_, wait) => {
      const { scope, clock, log } = stage();
      const task = spawn(scope, () => guarded(log, wait));

      task.cancel();
      task.cancel();
      scope.emitter.emit(Rang, 1);
      await settle();
      clock.tick(5000);

      expect(log).toEqual(['left']);
      expect(task.state).toBe('cancelled');
      expect({ pending: clock.pending, listenerCount: scope.emitter.listenerCount(Rang) }).toEqual({
        pending: 0,
        listenerCount: 0,
      });
    },
  );

  it('S4 is not resumed after a yield in a finally; the blocks around it run', () => {
    const { scope, clock, log } = stage();
    const task = spawn(scope, function* () {
      try {
        try {
          yield;
        } finally {
          log.push('inner');
          yield* sleep(1);
          log.push('resumed');
        }
      } finally {
        log.push('outer');
      }
    });

    task.cancel();
    clock.tick(10);

    expect(log).toEqual(['inner', 'outer']);
    expect({ state: task.state, pending: clock.pending }).toEqual({
      state: 'cancelled',
      pending: 0,
    });
  });

  it('S4 that will not leave is dropped', () => {
    const { scope, clock } = stage();
    const task = spawn(scope, function* () {
      for (;;) {
        try {
          yield;
        } finally {
        }
      }
    });

    task.cancel();
    clock.tick(1);

    expect({ state: task.state, pending: clock.pending }).toEqual({
      state: 'cancelled',
      pending: 0,
    });
  });

  it('has an error of its finally block reported', () => {
    const { scope, errors } = stage();
    const task = spawn(scope, function* () {
      try {
        yield;
      } finally {
        fail('while leaving');
      }
    });

    task.cancel();

    expect(errors.map(({ code, message }) => [code, /while leaving/.test(message)])).toEqual([
      ['CAR6003', true],
    ]);
  });

  it('S4 by itself runs on to its next yield and no further', () => {
    const { scope, clock, log } = stage();
    const task: Task = spawn(scope, function* () {
      try {
        yield;
        task.cancel();
        log.push('until here');
        yield;
        log.push('resumed');
      } finally {
        log.push('left');
      }
    });

    clock.tick(0);
    clock.tick(0);

    expect(log).toEqual(['until here', 'left']);
    expect(task.state).toBe('cancelled');
  });

  it('is what using leaves', () => {
    const { scope, log } = stage();
    {
      using _task = spawn(scope, () => guarded(log, waits[0]?.[1] as () => Coroutine));
    }

    expect(log).toEqual(['left']);
  });
});

describe('the end of a scope', () => {
  it.each(waits)(
    'S4 ends a task that waits for %s in the same turn: its finally blocks run, it is never resumed',
    async (_, wait) => {
      const { container, clock, log, errors } = stage();
      const child = openScope(container, { name: 'scene' });
      const scope = scopeOf(child);
      const task = spawn(scope, () => guarded(log, wait));

      child[Symbol.dispose]();

      expect(log).toEqual(['left']);
      expect({ state: task.state, pending: clock.pending }).toEqual({
        state: 'cancelled',
        pending: 0,
      });
      await scope.disposeAsync();
      clock.tick(5000);
      expect(log).toEqual(['left']);
      expect(errors).toEqual([]);
    },
  );

  it('L1 S4 lets no task go on that is due in the tick in which it ends', () => {
    const { container, clock, log } = stage();
    const child = openScope(container);
    spawn(scopeOf(container), function* () {
      yield;
      child[Symbol.dispose]();
    });
    spawn(scopeOf(child), function* () {
      yield;
      log.push('resumed');
    });

    clock.tick(0);

    expect(log).toEqual([]);
  });

  it('S4 ends a task that ends its own scope, at its next yield', async () => {
    const { container, clock, log } = stage();
    const child = openScope(container);
    const scope = scopeOf(child);
    spawn(scope, function* () {
      try {
        yield* settled(scope.disposeAsync());
        log.push('resumed');
      } finally {
        log.push('left');
      }
    });

    await scope.disposeAsync();
    clock.tick(0);

    expect(log).toEqual(['left']);
  });

  it('does not touch the tasks of the scope above', () => {
    const { container, clock, log } = stage();
    const child = openScope(container);
    spawn(scopeOf(container), function* () {
      yield;
      log.push('resumed');
    });

    child[Symbol.dispose]();
    clock.tick(0);

    expect(log).toEqual(['resumed']);
  });

  it('L9 lets go of a task that waits for a promise that never settles', async () => {
    const { container } = stage();
    const child = openScope(container);
    const held = spawnHolding(scopeOf(child));

    await child[Symbol.asyncDispose]();
    for (let tries = 0; tries < 50 && held.deref() !== undefined; tries += 1) {
      await settle();
      collect();
    }

    expect(held.deref()).toBeUndefined();
  });
});

describe('an error in a finally block', () => {
  /** Waits for ever, and fails when it is ended. */
  function* stumbling(message: string): Coroutine {
    try {
      yield* sleep('1h');
    } finally {
      fail(message);
    }
  }

  it.each<[string, () => Wait<unknown>, readonly string[]]>([
    ['the loser of a race', () => race([sleep(10), stumbling('lost')]), ['lost']],
    [
      'losers of a race within a race',
      () => race([sleep(10), race([stumbling('first'), stumbling('second')])]),
      ['first', 'second'],
    ],
    [
      'a loser that waits for several things',
      () =>
        race({
          won: sleep(10),
          lost: (function* () {
            yield* all([stumbling('both'), sleep('1h')]);
          })(),
        }),
      ['both'],
    ],
    [
      'a loser that fails before its first yield, in a race that is won already',
      () => race([finished(), idle(() => fail('late'))]),
      ['late'],
    ],
  ])('S5 of %s is reported once, and the task goes on', (_, wait, thrown) => {
    const { scope, clock, errors } = stage();
    const task = spawn(scope, function* walk() {
      yield* wait();
      return 'arrived';
    });

    clock.tick(10);
    clock.tick(10);

    expect(task.state).toBe('done');
    expect(messages(errors)).toEqual(thrown.map((message) => `CAR6003 ${message}`));
    expect(clock.pending).toBe(0);
  });

  it('S5 of what all() ends because another one has failed is reported, beside that failure', () => {
    const { scope, clock, errors } = stage();
    const task = spawn(scope, function* () {
      yield* all([
        stumbling('in the finally'),
        (function* () {
          yield;
          fail('of its own');
        })(),
      ]);
    });

    clock.tick(1);

    expect(task.state).toBe('failed');
    expect(messages(errors)).toEqual(['CAR6003 in the finally', 'CAR6003 of its own']);
  });

  it('S5 of a race is reported when the task is cancelled or its scope ends', () => {
    const { container, errors } = stage();
    const child = openScope(container);
    const walk = (message: string) => () =>
      (function* () {
        yield* race([sleep('1h'), stumbling(message)]);
      })();
    spawn(scopeOf(child), walk('cancelled')).cancel();
    spawn(scopeOf(child), walk('ended'));

    child[Symbol.dispose]();

    expect(messages(errors)).toEqual(['CAR6003 cancelled', 'CAR6003 ended']);
  });

  it('S5 is reported beside the fault for which the task was ended', () => {
    const { scope, errors } = stage();
    const task = spawn(scope, function* () {
      try {
        yield 'nothing to wait for' as never;
      } finally {
        fail('while leaving');
      }
    });

    expect(task.state).toBe('failed');
    expect(errors.map(({ cause }) => (cause as { code?: string }).code)).toEqual([
      undefined,
      'CAR6004',
    ]);
  });

  it('S5 E16 is reported also where it is undefined', () => {
    const { scope, errors } = stage();
    const task = spawn(scope, function* () {
      try {
        yield;
      } finally {
        (() => {
          throw undefined;
        })();
      }
    });

    task.cancel();

    expect([task.state, errors.map(({ code }) => code)]).toEqual(['failed', ['CAR6003']]);
  });

  it('S5 in a race of a handler is reported with its names', () => {
    const { scope, clock, errors } = stage();
    scope.emitter.on(Rang, function* climb() {
      yield* race([sleep(10), stumbling('lost')]);
    });
    scope.emitter.emit(Rang, 1);

    clock.tick(10);

    expect(errors).toMatchObject([{ code: 'CAR4001', method: 'climb', event: 'rang' }]);
    expect(messages(errors)).toEqual(['CAR4001 lost']);
  });
});

describe('spawn', () => {
  it('CAR3001: refuses a scope that has ended', () => {
    const { container } = stage();
    const child = openScope(container);
    const scope = scopeOf(child);
    child[Symbol.dispose]();

    expect(() => spawn(scope, waits[0]?.[1] as () => Coroutine)).toThrow(
      expect.objectContaining({ code: 'CAR3001' }),
    );
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /Give it a function\*/],
    ['a plain function', () => undefined, /Give it a function\*/],
    ['an asynchronous function', async () => undefined, /Give it a function\*/],
    ['a generator', (function* () {})(), /Give it a function\*/],
    ['a function that returns an iterator', () => [1].values(), /Give it a function\*/],
    [
      'a function that returns an iterator with an end',
      () => ({ next: () => ({ done: false }), return: () => ({ done: true }) }),
      /Give it a function\*/,
    ],
    ['an asynchronous generator function', async function* () {}, /Drop the async/],
  ])('S5 CAR6007 refuses %s', (_, run, advice) => {
    const { scope, clock, errors } = stage();

    expect(() => spawn(scope, run as never)).toThrow(
      expect.objectContaining({ code: 'CAR6007', message: expect.stringMatching(advice) }),
    );
    clock.tick(1);
    expect({ pending: clock.pending, tasks: [...scope.tasks], errors }).toEqual({
      pending: 0,
      tasks: [],
      errors: [],
    });
  });

  it('S5 reports what an asynchronous function throws that was no task', async () => {
    const { scope, errors } = stage();
    const climb = async () => fail('out of rope');

    expect(() => spawn(scope, climb as never)).toThrow(
      expect.objectContaining({ code: 'CAR6007' }),
    );
    await settle();

    expect(messages(errors)).toEqual(['CAR6003 out of rope']);
  });

  it('names the task after its function', () => {
    const { scope } = stage();
    function* patrol(): Coroutine {
      yield;
    }

    expect(spawn(scope, patrol).name).toBe('patrol');
  });
});

function messages(errors: readonly CarillonError[]): string[] {
  return errors.map(({ code, cause }) => `${code} ${(cause as Error).message}`);
}

function* idle(wait: () => Wait<unknown> | undefined): Coroutine {
  yield wait();
}

/** A generator that has returned. */
function finished(): Coroutine {
  const generator = idle(() => undefined);
  generator.return();
  return generator;
}

function* guarded(log: unknown[], wait: () => Coroutine): Coroutine {
  try {
    yield* wait();
    log.push('resumed');
  } finally {
    log.push('left');
  }
}

function spawnHolding(scope: Scope): WeakRef<object> {
  const held = { big: true };
  spawn(scope, function* () {
    yield* settled(never);
    return held;
  });
  return new WeakRef(held);
}

function fail(message: string): never {
  throw new Error(message);
}
