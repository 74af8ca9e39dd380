/** Tasks with random waits, ended at random moments, on clocks that go on in random pieces. */
import { describe, expect, it } from '@jest/globals';
import {
  all,
  type Coroutine,
  fixedStep,
  manualClock,
  nextTick,
  race,
  sleep,
  spawn,
  until,
} from 'carillon';
import { fc } from '../support/properties.js';
import { stage, stageOn } from '../support/stage.js';

type Pause = 'tick' | number;

const pause: fc.Arbitrary<Pause> = fc.oneof(fc.constant('tick' as const), fc.nat({ max: 30 }));
const scripts = fc.array(fc.array(pause, { minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 8,
});
const ticks = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 30 });

/** Writes down each time that it goes on. */
function* script(name: number, pauses: readonly Pause[], wrote: (step: string) => void): Coroutine {
  for (const [step, length] of pauses.entries()) {
    yield* length === 'tick' ? nextTick() : sleep(length);
    wrote(`${name}.${step}`);
  }
}

/** The sentence itself: what is due goes on in the order of its time, then of its waiting, and never in the tick in which it began. */
function model(pauses: readonly (readonly Pause[])[], dts: readonly number[]): string[] {
  const log: string[] = [];
  let now = 0;
  let sequence = 0;
  const begin = (name: number, step: number) => {
    const length = pauses[name]?.[step];
    if (length !== undefined)
      waiting.push({
        name,
        step,
        at: now + (length === 'tick' ? 0 : length),
        sequence: sequence++,
      });
  };
  let waiting: { name: number; step: number; at: number; sequence: number }[] = [];
  for (const name of pauses.keys()) begin(name, 0);
  for (const dt of dts) {
    now += dt;
    const due = waiting
      .filter(({ at }) => at <= now)
      .sort((a, b) => a.at - b.at || a.sequence - b.sequence);
    waiting = waiting.filter((one) => !due.includes(one));
    for (const { name, step } of due) {
      log.push(`${name}.${step}@${now}`);
      begin(name, step + 1);
    }
  }
  return log;
}

describe('tasks', () => {
  it('S1 S2 go on in the tick that they asked for, in a fair order', () => {
    fc.assert(
      fc.property(scripts, ticks, (pauses, dts) => {
        const { scope, clock, log } = stage();
        for (const [name, own] of pauses.entries()) {
          spawn(scope, () => script(name, own, (step) => log.push(`${step}@${clock.now()}`)));
        }

        for (const dt of dts) clock.tick(dt);

        expect(log).toEqual(model(pauses, dts));
      }),
      { numRuns: 500 },
    );
  });

  it('S4 cancelled at any moment run their finally blocks once, are never resumed, and leave nothing behind', () => {
    const plan = fc.record({
      pauses: fc.array(pause, { minLength: 1, maxLength: 6 }),
      cancelledAt: fc.nat({ max: 30 }),
      nested: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(plan, { minLength: 1, maxLength: 8 }), ticks, (plans, dts) => {
        const { scope, clock, errors } = stage();
        const marks = plans.map(() => ({ left: 0, cancelled: false, late: 0 }));
        const tasks = plans.map(({ pauses, nested }, name) => {
          const mark = marks[name] as (typeof marks)[number];
          const steps = () =>
            script(name, pauses, () => {
              if (mark.cancelled) mark.late += 1;
            });
          return spawn(scope, function* () {
            try {
              if (nested) yield* race({ steps: steps(), never: until('never') });
              else yield* steps();
            } finally {
              mark.left += 1;
            }
          });
        });

        for (const [tick, dt] of dts.entries()) {
          for (const [name, { cancelledAt }] of plans.entries()) {
            if (cancelledAt !== tick) continue;
            tasks[name]?.cancel();
            (marks[name] as (typeof marks)[number]).cancelled = true;
          }
          clock.tick(dt);
        }
        const running = tasks.filter(({ state }) => state === 'running').length;

        expect(marks.map(({ left }) => left)).toEqual(
          tasks.map(({ state }) => (state === 'running' ? 0 : 1)),
        );
        expect(marks.map(({ late }) => late)).toEqual(marks.map(() => 0));
        expect(clock.pending).toBe(running);
        for (const task of tasks) task.cancel();
        expect(marks.map(({ left }) => left)).toEqual(marks.map(() => 1));
        expect({
          pending: clock.pending,
          listenerCount: scope.emitter.listenerCount('never'),
          errors,
        }).toEqual({ pending: 0, listenerCount: 0, errors: [] });
      }),
      { numRuns: 500 },
    );
  });
});

/** A tree of waits that never end, each with a `finally` that may throw. */
interface Branch {
  readonly throws: boolean;
  readonly kind: 'alone' | 'race' | 'all';
  readonly branches: readonly Branch[];
}

const { branch } = fc.letrec<{ branch: Branch }>((tie) => ({
  branch: fc.record({
    throws: fc.boolean(),
    kind: fc.constantFrom('alone' as const, 'race' as const, 'all' as const),
    branches: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'branches' },
      fc.constant([]),
      fc.array(tie('branch'), { minLength: 1, maxLength: 3, depthIdentifier: 'branches' }),
    ),
  }),
}));

/** The number of the branch is that of its beginning. */
class Branches {
  count = 0;
  readonly left: number[] = [];

  *grow({ throws, kind, branches }: Branch): Coroutine {
    const number = this.count;
    this.count += 1;
    try {
      const below = branches.map((one) => this.grow(one));
      if (below.length === 0) yield* until('never');
      else if (kind === 'alone') yield* below[0] as Coroutine;
      else if (kind === 'race') yield* race(below);
      else yield* all(below);
    } finally {
      this.left.push(number);
      if (throws) breakBranch(number);
    }
  }
}

function breakBranch(number: number): never {
  throw number;
}

/** What the end of a branch tells: errors that its task does not wait for, and the one that leaves it. */
interface Told {
  readonly reported: readonly number[];
  readonly own: number | undefined;
}

/** The sentence itself: each generator that was ended tells its last error, and what it called with `yield*` is a part of it. */
function told({ throws, kind, branches }: Branch, count = { next: 0 }): Told {
  const number = count.next;
  count.next += 1;
  const below = (kind === 'alone' ? branches.slice(0, 1) : branches).map((one) => told(one, count));
  const reported = below.flatMap((one) => one.reported);
  const passed = below.flatMap(({ own }) => (own === undefined ? [] : [own]));
  if (kind === 'alone') return { reported, own: throws ? number : passed[0] };
  return { reported: [...reported, ...passed], own: throws ? number : undefined };
}

describe('finally blocks', () => {
  it('S4 S5 of all that is ended run once, and what they throw is reported once, however the end comes', () => {
    const end = fc.constantFrom('cancelled', 'lost', 'disposed');
    fc.assert(
      fc.property(branch, end, (tree, how) => {
        const { scope, clock, errors } = stage();
        const branches = new Branches();
        const task = spawn(scope, function* () {
          if (how === 'lost') yield* race([sleep(5), branches.grow(tree)]);
          else yield* branches.grow(tree);
        });

        if (how === 'cancelled') task.cancel();
        else if (how === 'disposed') scope.dispose();
        else clock.tick(5);

        const { reported, own } = told(tree);
        const expected = own === undefined ? reported : [...reported, own];
        expect(branches.left.toSorted(ascending)).toEqual([...new Array(branches.count).keys()]);
        expect(errors.map(({ cause }) => cause as number).toSorted(ascending)).toEqual(
          expected.toSorted(ascending),
        );
        if (how === 'lost') expect(task.state).toBe('done');
        expect({
          pending: clock.pending,
          listenerCount: scope.emitter.listenerCount('never'),
        }).toEqual({ pending: 0, listenerCount: 0 });
      }),
      { numRuns: 500 },
    );
  });
});

function ascending(a: number, b: number): number {
  return a - b;
}

describe('manualClock', () => {
  it('S2 S3 rings what was set and not cancelled, in order, each once', () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constant('set' as const), by: fc.nat({ max: 50 }) }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('cancel' as const), by: fc.nat() }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('tick' as const), by: fc.nat({ max: 20 }) }),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 200, size: 'max' }), (steps) => {
        const clock = manualClock();
        const timers: unknown[] = [];
        const rung: number[] = [];
        const expected: number[] = [];
        let waiting: { name: number; at: number }[] = [];
        for (const { kind, by } of steps) {
          const name = kind === 'set' ? timers.length : by % Math.max(1, timers.length);
          if (kind === 'set') {
            timers.push(clock.schedule(() => rung.push(name), by));
            waiting.push({ name, at: clock.now() + by });
          } else if (kind === 'cancel') {
            clock.cancel(timers[name] ?? clock.schedule(() => undefined, 0));
            waiting = waiting.filter((timer) => timer.name !== name);
          } else {
            clock.tick(by);
            const due = waiting
              .filter(({ at }) => at <= clock.now())
              .sort((a, b) => a.at - b.at || a.name - b.name);
            expected.push(...due.map((timer) => timer.name));
            waiting = waiting.filter((timer) => !due.includes(timer));
          }
        }

        expect(rung).toEqual(expected);
        expect(clock.pending).toBe(waiting.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('fixedStep', () => {
  it('S3 makes the same trace of the same time, however it comes in pieces', () => {
    fc.assert(
      fc.property(
        scripts,
        fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (pauses, pieces) => {
          const total = pieces.reduce((sum, piece) => sum + piece, 0);
          const trace = (dts: readonly number[]) => {
            const { scope, clock, log } = stageOn(fixedStep({ step: 1000 / 60, maxSteps: 1000 }));
            for (const [name, own] of pauses.entries()) {
              spawn(scope, () => script(name, own, (step) => log.push(`${step}@${clock.now()}`)));
            }
            for (const dt of dts) clock.advance(dt, () => log.push(`step ${clock.steps}`));
            return log;
          };

          expect(trace(pieces)).toEqual(trace([total]));
        },
      ),
      { numRuns: 300 },
    );
  });
});
