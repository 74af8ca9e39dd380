/** When runs were started: all of one emit at one time. */
import { describe, expect, it } from '@jest/globals';
import { createScope, type ScopedEmitter } from 'carillon';
import { ManualClock } from '../support/manual-clock.js';

class Rang {}

class Chimed {}

/** Passes with each reading. */
class ReadClock extends ManualClock {
  override now(): number {
    this.pass(1);
    return super.now();
  }
}

/** A scope with two asynchronous handlers that never settle, and when its runs were started. */
function busyScope() {
  const scope = createScope({ clock: new ReadClock(), onError: () => undefined });
  for (let index = 0; index < 2; index += 1)
    scope.emitter.on(Rang, () => new Promise(() => undefined));
  const times = () => {
    const [first = 0, ...others] = [...scope.runs].map(({ startedAt }) => startedAt);
    return [0, ...others.map((time) => time - first)];
  };
  return { emitter: scope.emitter, times };
}

const VERBS: readonly [string, (emitter: ScopedEmitter) => unknown][] = [
  ['emit', (emitter) => emitter.emit(new Rang())],
  ['emitAsync', (emitter) => emitter.emitAsync(new Rang())],
  ['emit with options', (emitter) => emitter.emit(new Rang(), { reentrancy: 'queue' })],
];

describe.each(VERBS)('what %s starts', (_, emit) => {
  it('has one time, and another than what the next emit starts', () => {
    const { emitter, times } = busyScope();

    emit(emitter);
    emit(emitter);

    expect(times()).toEqual([0, 0, 1, 1]);
  });

  it('has the time of the emit around it', () => {
    const { emitter, times } = busyScope();
    emitter.on(Chimed, () => void emit(emitter));
    emitter.on(Chimed, () => new Promise(() => undefined));

    emitter.emit(new Chimed());
    emit(emitter);

    expect(times()).toEqual([0, 0, 0, 1, 1]);
  });

  it('has a time of its own also after an emit that failed', () => {
    const { emitter, times } = busyScope();
    const off = emitter.on(Rang, () => {
      throw new Error('cracked');
    });

    emit(emitter);
    off();
    emit(emitter);

    expect(times()).toEqual([0, 0, 1, 1]);
  });
});
