/** Handlers that subscribe, unsubscribe and emit while an emit is under way, against a model that says who must hear. */

import { describe, expect, it } from '@jest/globals';
import { defineEvent, type EmitOptions, type Interceptor, Once, ScopedEmitter } from 'carillon';
import { rootContainer } from '../support/container.js';
import { settle } from '../support/manual-clock.js';
import { fc } from '../support/properties.js';

class Rang {}

class Chimed extends Rang {}

const Tick = defineEvent<undefined>('tick');

/** What can be listened to, and which of {@link SENT} each of them hears. */
const HEARD = {
  Rang: ['Rang', 'Chimed'],
  Chimed: ['Chimed'],
  Tick: ['Tick'],
  'a.b': ['a.b'],
  'a.*': ['a.b'],
  '**': ['a.b'],
} as const;
const SENT = ['Rang', 'Chimed', 'Tick', 'a.b'] as const;

type Heard = keyof typeof HEARD;
type Sent = (typeof SENT)[number];
type Mode = 'report' | 'throw' | 'async';
type Action =
  | {
      readonly kind: 'on';
      readonly event: Heard;
      readonly priority: number;
      readonly script: number;
    }
  | { readonly kind: 'off'; readonly handler: number }
  | { readonly kind: 'emit'; readonly event: Sent; readonly mode: Mode };

interface Machine {
  on(event: Heard, priority: number, run: () => void): () => void;
  emit(event: Sent, mode: Mode): void;
}

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constant('on' as const),
    event: fc.constantFrom(...(Object.keys(HEARD) as Heard[])),
    priority: fc.integer({ min: 0, max: 1 }),
    script: fc.nat({ max: 4 }),
  }),
  fc.record({ kind: fc.constant('off' as const), handler: fc.nat({ max: 30 }) }),
  fc.record({
    kind: fc.constant('emit' as const),
    event: fc.constantFrom(...SENT),
    mode: fc.constantFrom('report' as const, 'throw' as const, 'async' as const),
  }),
);
const program = fc.record({
  scripts: fc.array(fc.array(action, { maxLength: 4 }), { minLength: 5, maxLength: 5 }),
  main: fc.array(action, { minLength: 1, maxLength: 15 }),
});

/** Runs the program on a machine and returns who ran, in order; each handler is known by the order of subscribing. */
function trace(
  machine: Machine,
  { scripts, main }: { scripts: Action[][]; main: Action[] },
): number[] {
  const log: number[] = [];
  const undo: (() => void)[] = [];
  let depth = 0;
  const perform = (step: Action) => {
    if (log.length > 150) return;
    if (step.kind === 'off') undo[step.handler % Math.max(1, undo.length)]?.();
    if (step.kind === 'on') {
      const handler = undo.length;
      const run = () => {
        log.push(handler);
        depth += 1;
        if (depth < 5) scripts[step.script]?.forEach(perform);
        depth -= 1;
      };
      undo.push(machine.on(step.event, step.priority, run));
    }
    if (step.kind === 'emit') machine.emit(step.event, step.mode);
  };
  main.forEach(perform);
  return log;
}

/** The sentence itself: those that were wired when it began, in order, if they still are when their turn comes. */
function model(): Machine {
  let wired: { readonly event: Heard; readonly priority: number; readonly run: () => void }[] = [];
  return {
    on(event, priority, run) {
      const handler = { event, priority, run };
      wired.push(handler);
      return () => {
        wired = wired.filter((other) => other !== handler);
      };
    },
    emit(event) {
      const reached = wired.filter((handler) =>
        (HEARD[handler.event] as readonly Sent[]).includes(event),
      );
      for (const handler of reached.sort((a, b) => b.priority - a.priority))
        if (wired.includes(handler)) handler.run();
    },
  };
}

function real(...interceptors: Interceptor[]): Machine {
  const emitter = rootContainer({ interceptors }).container.get(ScopedEmitter);
  const keys = { Rang, Chimed, Tick, 'a.b': 'a.b', 'a.*': 'a.*', '**': '**' } as const;
  return {
    on: (event, priority, run) => emitter.on(keys[event], () => run(), { priority }),
    emit: (event, mode) => send(emitter, event, mode),
  };
}

function send(emitter: ScopedEmitter, event: Sent, mode: Mode): void {
  const options: EmitOptions = { errors: mode === 'throw' ? 'throw' : 'report' };
  const instance = event === 'Rang' ? new Rang() : new Chimed();
  if (mode === 'async') {
    if (event === 'Tick') void emitter.emitAsync(Tick, undefined, options);
    else if (event === 'a.b') void emitter.emitAsync('a.b', undefined, options);
    else void emitter.emitAsync(instance, options);
  } else if (event === 'Tick') emitter.emit(Tick, undefined, options);
  else if (event === 'a.b') emitter.emit('a.b', undefined, options);
  else emitter.emit(instance, options);
}

describe('re-entrancy', () => {
  it('E2 an emit reaches exactly those that were wired when it began and still are when their turn comes', () => {
    fc.assert(
      fc.property(program, (steps) => {
        expect(trace(real(), steps)).toEqual(trace(model(), steps));
      }),
      { numRuns: 1000 },
    );
  });

  it('E2 E19 does so within interceptors as well, which see each handler that runs once', () => {
    fc.assert(
      fc.property(program, (steps) => {
        let seen = 0;
        const count: Interceptor = (_, next) => {
          seen += 1;
          return next();
        };
        const heard = trace(
          real(count, (_, next) => next()),
          steps,
        );

        expect(heard).toEqual(trace(model(), steps));
        expect(seen).toBe(heard.length);
      }),
      { numRuns: 500 },
    );
  });

  it('E5 @Once runs once per instance, whatever it emits, awaits or throws', async () => {
    const behaviour = fc.record({
      emits: fc.array(fc.constantFrom<Mode>('report', 'throw', 'async'), { maxLength: 3 }),
      awaits: fc.boolean(),
      throws: fc.boolean(),
    });
    const modes = fc.array(fc.constantFrom<Mode>('report', 'async'), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(behaviour, { minLength: 1, maxLength: 4 }),
        modes,
        async (behaviours, sent) => {
          const { container } = rootContainer();
          const emitter = container.get(ScopedEmitter);
          const runs = behaviours.map(() => 0);
          const start = (index: number) => {
            runs[index] = (runs[index] as number) + 1;
            // A broken promise should fail the test, not hang it.
            if (runs[index] > 1) return;
            const { emits, throws } = behaviours[index] as (typeof behaviours)[number];
            for (const mode of emits) send(emitter, 'Chimed', mode);
            if (throws) throw new Error('cracked');
          };
          behaviours.forEach(({ awaits }, index) => {
            container
              .bind(`bell ${index}`)
              .toConstantValue(
                awaits ? new AsyncBell(() => start(index)) : new Bell(() => start(index)),
              );
            container.get(`bell ${index}`);
          });

          for (const mode of sent) send(emitter, 'Chimed', mode);
          await settle();
          for (const mode of sent) send(emitter, 'Rang', mode);

          expect(runs).toEqual(behaviours.map(() => 1));
          expect(emitter.listenerCount(Chimed)).toBe(0);
        },
      ),
    );
  });
});

class Bell {
  constructor(readonly strike: () => void) {}

  @Once(Rang)
  hear() {
    this.strike();
  }
}

class AsyncBell {
  constructor(readonly strike: () => void) {}

  @Once(Rang)
  async hear() {
    await Promise.resolve();
    this.strike();
  }
}
