/** Random interceptors around a handler, against a model that says what comes of the emit, what is reported, and whether the handler runs. */
import { describe, expect, it } from '@jest/globals';
import { EmitError, type Interceptor, ScopedEmitter } from 'carillon';
import { rootContainer } from '../support/container.js';
import { settle } from '../support/manual-clock.js';
import { fc } from '../support/properties.js';

const INTERCEPTORS = {
  pass: (_, next) => next(),
  wait: async (_, next) => {
    await undefined;
    return next();
  },
  refuse: () => fail('refused'),
  skip: () => 'skipped',
  drop: (_, next) => {
    next();
    return 'dropped';
  },
  twice: (_, next) => {
    next();
    return next();
  },
  recover: async (_, next) => {
    try {
      return await next();
    } catch {
      return 'recovered';
    }
  },
} satisfies Record<string, Interceptor>;

const HANDLERS = {
  value: () => 'heard',
  'late value': async () => 'heard',
  error: () => fail('cracked'),
  'late error': async () => fail('cracked'),
};

type Kind = keyof typeof INTERCEPTORS;
type Handling = keyof typeof HANDLERS;

/** What a call comes to. */
interface Outcome {
  readonly value?: string;
  readonly error?: string;
  readonly isLate: boolean;
  readonly runs: number;
  /** The errors that nobody looks at. */
  readonly reported: readonly string[];
}

function model([kind, ...inner]: readonly Kind[], handling: Handling): Outcome {
  if (kind === undefined) {
    const isLate = handling.startsWith('late');
    const end = handling.endsWith('value') ? { value: 'heard' } : { error: 'cracked' };
    return { ...end, isLate, runs: 1, reported: [] };
  }
  if (kind === 'refuse') return { error: 'refused', isLate: false, runs: 0, reported: [] };
  if (kind === 'skip') return { value: 'skipped', isLate: false, runs: 0, reported: [] };
  const next = model(inner, handling);
  if (kind === 'pass') return next;
  if (kind === 'wait') return { ...next, isLate: true };
  if (kind === 'recover') {
    const end = next.error === undefined ? { value: next.value as string } : { value: 'recovered' };
    return { ...end, isLate: true, runs: next.runs, reported: next.reported };
  }
  // What is thrown at once by next() is thrown by the interceptor.
  if (next.error !== undefined && !next.isLate) return next;
  const reported = next.error === undefined ? next.reported : [...next.reported, next.error];
  const end = kind === 'drop' ? { value: 'dropped' } : { error: 'CAR4015' };
  return { ...end, isLate: next.isLate, runs: next.runs, reported };
}

describe('interceptors', () => {
  it('E19 E3 run the handler once at most; every error is thrown on, handled or reported, once', async () => {
    const kinds = fc.array(fc.constantFrom(...(Object.keys(INTERCEPTORS) as Kind[])), {
      maxLength: 4,
    });
    const handlings = fc.constantFrom(...(Object.keys(HANDLERS) as Handling[]));
    await fc.assert(
      fc.asyncProperty(kinds, handlings, async (names, handling) => {
        const interceptors = names.map((name): Interceptor => INTERCEPTORS[name]);
        const { container, errors } = rootContainer({ interceptors });
        const emitter = container.get(ScopedEmitter);
        let runs = 0;
        emitter.on('rang', () => {
          runs += 1;
          return HANDLERS[handling]();
        });

        const outcome = await emitter.emitAsync('rang', undefined).then(
          ([value]) => ({ value }),
          (error: EmitError) => ({ error: error.errors.map(({ cause }) => textOf(cause)).join() }),
        );
        await settle();

        const expected = model(names, handling);
        const { value, error } = expected;
        expect(outcome).toEqual(error === undefined ? { value } : { error });
        expect(runs).toBe(expected.runs);
        expect(errors.map(({ cause }) => textOf(cause)).sort()).toEqual(
          [...expected.reported].sort(),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

function textOf(thrown: unknown): string {
  const { code, message } = thrown as { readonly code?: string; readonly message: string };
  return code ?? message;
}

function fail(message: string): never {
  throw new Error(message);
}
