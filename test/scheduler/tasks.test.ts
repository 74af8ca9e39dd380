/** Tasks without a class: how they run, how they end, and who hears of it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import {
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

    expect([await early, await task.done, task.state]).toEqual(['there', 'there', 'done']);
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
      expect([clock.pending, scope.emitter.listenerCount(Rang)]).toEqual([0, 0]);
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
    expect([task.state, clock.pending]).toEqual(['cancelled', 0]);
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

    expect([task.state, clock.pending]).toEqual(['cancelled', 0]);
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
      expect([task.state, clock.pending]).toEqual(['cancelled', 0]);
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
    for (let tries = 0; tries < 10 && held.deref() !== undefined; tries += 1) {
      await settle();
      collect();
    }

    expect(held.deref()).toBeUndefined();
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

  it.each([[undefined], [() => undefined], [async () => undefined], [(function* () {})()]])(
    'CAR6007: refuses %p',
    (run) => {
      const { scope } = stage();

      expect(() => spawn(scope, run as never)).toThrow(
        expect.objectContaining({ code: 'CAR6007' }),
      );
    },
  );

  it('names the task after its function', () => {
    const { scope } = stage();
    function* patrol(): Coroutine {
      yield;
    }

    expect(spawn(scope, patrol).name).toBe('patrol');
  });
});

function* idle(wait: () => Wait<unknown> | undefined): Coroutine {
  yield wait();
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
