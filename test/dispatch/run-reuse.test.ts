/** The record of a run serves the next call of its handler, unless somebody may still have it. */
import { describe, expect, it } from '@jest/globals';
import { type CarillonError, createScope } from 'carillon';
import { gate } from '../support/gate.js';
import { ManualClock, settle } from '../support/manual-clock.js';

class Rang {
  constructor(readonly until: Promise<unknown> = Promise.resolve()) {}
}

/** A scope whose handler waits for what the event brings, and has been called before. */
async function tower() {
  const errors: CarillonError[] = [];
  const clock = new ManualClock();
  const scope = createScope({
    name: 'tower',
    clock,
    onError: (error) => errors.push(error),
    drain: 100,
    abort: 100,
  });
  const { emitter } = scope;
  emitter.on(Rang, async function ring({ until }) {
    return until;
  });
  emitter.emit(new Rang());
  await settle();
  return { scope, emitter, clock, errors };
}

describe('a run that has settled', () => {
  it('is not the next one for who has seen it', async () => {
    const { scope, emitter } = await tower();
    emitter.emit(new Rang());
    const seen = new Set(scope.runs);
    await settle();

    emitter.emit(new Rang());

    expect([...scope.runs].filter((run) => seen.has(run))).toEqual([]);
    expect([seen.size, scope.runs.size]).toEqual([1, 1]);
  });

  it('leaves each call its own time', async () => {
    const { scope, emitter, clock } = await tower();
    const [short, long] = [gate(), gate()];
    for (const { promise } of [short, long]) {
      clock.pass(5);
      emitter.emit(new Rang(promise));
    }
    short.open();
    await settle();
    clock.pass(5);
    emitter.emit(new Rang(long.promise));

    expect([...scope.runs].map(({ startedAt }) => startedAt)).toEqual([10, 15]);
  });

  it('gives each emitAsync the values of its own calls', async () => {
    const { emitter } = await tower();
    const open = gate();
    const late = emitter.emitAsync(new Rang(open.promise.then(() => 'late')));
    const values = [await emitter.emitAsync(new Rang(Promise.resolve('first')))];
    values.push(await emitter.emitAsync(new Rang(Promise.resolve('second'))));
    open.open();

    expect([...values, await late]).toEqual([['first'], ['second'], ['late']]);
  });

  it('leaves each failure with its own caller', async () => {
    const { emitter, errors } = await tower();
    const asked = emitter.emitAsync(new Rang(Promise.reject(new Error('asked'))));
    await expect(asked).rejects.toMatchObject({ code: 'CAR4002' });
    emitter.emit(new Rang(Promise.reject(new Error('told'))));
    await settle();

    expect(errors.map(({ cause }) => (cause as Error).message)).toEqual(['told']);
  });

  it('L2 is waited for and named by the end of its scope, with its own age', async () => {
    const { scope, emitter, clock } = await tower();
    clock.pass(1000);
    emitter.emit(new Rang(new Promise(() => undefined)));
    const ending = scope.disposeAsync();
    await clock.advance(200);

    expect((await ending).abandoned).toMatchObject([{ method: 'ring', runningFor: 200 }]);
  });

  it('L15 serves no other call where the end of its scope has left it behind', async () => {
    const { scope, emitter, clock, errors } = await tower();
    const open = gate();
    const answer = emitter.emitAsync(new Rang(open.promise.then(() => 'late'))).catch(String);
    const ending = scope.disposeAsync();
    await clock.advance(200);
    const { abandoned } = await ending;
    open.open();
    await settle();

    expect([abandoned.length, await answer, errors, scope.runs.isEmpty]).toEqual([
      1,
      expect.stringContaining('CAR4002'),
      [],
      true,
    ]);
  });
});
