/** The emitter has the handlers of its last event at hand, whatever names the event: when that must be forgotten, or gone without. */
import { describe, expect, it } from '@jest/globals';
import {
  type CarillonError,
  createScope,
  defineEvent,
  type EventKey,
  type ScopedEmitter,
} from 'carillon';
import { addObserver } from '../../src/dispatch/observer.js';

class Rang {}

class Chimed extends Rang {}

const Tick = defineEvent<number>('tick');

interface Kind {
  readonly name: string;
  readonly key: EventKey;
  /** Another key by which the event is heard as well. */
  readonly wider: EventKey;
  readonly payload: unknown;
  emit(emitter: ScopedEmitter, options?: object): void;
}

const KINDS: readonly Kind[] = [
  {
    name: 'class',
    key: Chimed,
    wider: Rang,
    payload: new Chimed(),
    emit: (emitter, options) => emitter.emit(new Chimed(), options),
  },
  {
    name: 'token',
    key: Tick,
    wider: Tick,
    payload: 1,
    emit: (emitter, options) => emitter.emit(Tick, 1, options),
  },
  {
    name: 'topic',
    key: 'bell.rang',
    wider: 'bell.*',
    payload: 'loud',
    emit: (emitter, options) => emitter.emit('bell.rang' as string, 'loud', options),
  },
];

/** A scope that has emitted the event once, and a handler that notes its name. */
function emittedOnce(kind: Kind) {
  const errors: CarillonError[] = [];
  const scope = createScope({ name: 'tower', onError: (error) => errors.push(error) });
  const { emitter } = scope;
  const calls: string[] = [];
  const off = emitter.on(kind.key, () => calls.push('first'));
  kind.emit(emitter);
  calls.length = 0;
  return {
    scope,
    emitter,
    calls,
    errors,
    off,
    emit: (options?: object) => kind.emit(emitter, options),
  };
}

describe.each(KINDS)('the last $name', (kind) => {
  it('reaches who has come since, and no more who has gone', () => {
    const { emitter, calls, off, emit } = emittedOnce(kind);

    emitter.on(kind.key, () => calls.push('second'));
    emitter.on(kind.wider, () => calls.push('wider'), { priority: 1 });
    emit();
    off();
    emit();

    expect(calls).toEqual(['wider', 'first', 'second', 'wider', 'second']);
  });

  it('reaches nobody once the only handler has gone, and whoever comes then', () => {
    const { emitter, calls, off, emit } = emittedOnce(kind);

    off();
    emit();
    emitter.on(kind.key, () => calls.push('second'));
    emit();

    expect(calls).toEqual(['second']);
  });

  it('gives each payload', () => {
    const { emitter, emit } = emittedOnce(kind);
    const heard: unknown[] = [];
    emitter.on(kind.key, (payload: unknown) => heard.push(payload));

    emit();
    emit();

    expect(heard).toEqual([kind.payload, kind.payload]);
  });

  it('heeds its options', () => {
    const { emitter, calls, errors, emit } = emittedOnce(kind);
    emitter.on(kind.key, () => {
      throw new Error('cracked');
    });
    emit();

    expect(() => emit({ errors: 'throw' })).toThrow(expect.objectContaining({ code: 'CAR4002' }));
    expect(errors).toHaveLength(1);
    emit({ sticky: true });
    emitter.on(kind.key, () => calls.push('late'));

    expect(calls).toEqual(['first', 'first', 'first', 'late']);
  });

  it('is told to a observer that comes, and is as before when that has gone', () => {
    const { scope, calls, emit } = emittedOnce(kind);
    const seen: string[] = [];

    const leave = addObserver(scope.runtime, {
      called: (handler) => seen.push(handler),
      unheard: () => undefined,
    });
    emit();
    leave();
    emit();

    expect({ callsLength: calls.length, seenLength: seen.length }).toEqual({
      callsLength: 2,
      seenLength: 1,
    });
  });

  it('is reported as late once the scope has ended', async () => {
    const { scope, calls, errors, emit } = emittedOnce(kind);

    await scope.disposeAsync();
    emit();

    expect(calls).toEqual([]);
    expect(errors.map(({ code }) => code)).toEqual(['CAR3004']);
  });

  it('that emits itself without end is reported once, and is emitted again then', () => {
    const { emitter, errors, emit } = emittedOnce(kind);
    let nested = true;
    emitter.on(kind.key, () => {
      if (nested) emit();
    });

    emit();
    nested = false;
    emit();

    expect(errors.map(({ code }) => code)).toEqual(['CAR4006']);
  });

  it('is emitted as before after the stack has overflown', () => {
    const errors: CarillonError[] = [];
    const { emitter, runtime } = createScope({
      depthLimit: 1e9,
      onError: (error) => errors.push(error),
    });
    let nested = true;
    emitter.on(kind.key, () => {
      if (nested) kind.emit(emitter);
    });

    try {
      kind.emit(emitter);
    } catch {
      // At the end of the stack an error may be told or thrown on: both are well.
    }
    nested = false;
    const before = errors.length;
    kind.emit(emitter);

    expect([runtime.depth, errors.length - before]).toEqual([0, 0]);
  });

  it('leaves what names no event refused, whoever would hear the last one', () => {
    const { emitter, calls } = emittedOnce(kind);

    for (const event of ['', Object.create(null), Chimed]) {
      expect(() => emitter.emit(event as string, 1)).toThrow(
        expect.objectContaining({ code: 'CAR4004' }),
      );
    }

    expect(calls).toEqual([]);
  });
});

describe('an emitter that has emitted nothing', () => {
  it.each(['', Object.create(null) as object])('refuses what names no event', (event) => {
    const { emitter } = createScope();

    expect(() => emitter.emit(event as string, undefined)).toThrow(
      expect.objectContaining({ code: 'CAR4004' }),
    );
  });
});

describe('events that alternate', () => {
  it('each reach their own', () => {
    const { emitter } = createScope();
    const calls: string[] = [];
    for (const { key, name } of KINDS) emitter.on(key, () => calls.push(name));

    for (let round = 0; round < 2; round += 1) for (const kind of KINDS) kind.emit(emitter);

    expect(calls).toEqual(['class', 'token', 'topic', 'class', 'token', 'topic']);
  });
});
