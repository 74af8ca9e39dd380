/** Waiting for events: by a promise, and by a loop. */

import { describe, expect, it } from '@jest/globals';
import { ScopedEmitter } from 'carillon';
import { openScope, scopeOf } from 'carillon/inversify';
import { rootContainer } from '../support/container.js';

class Rang {
  constructor(readonly times: number) {}
}

function desk() {
  const fixture = rootContainer();
  const container = openScope(fixture.container, { name: 'request' });
  return { ...fixture, container, emitter: container.get(ScopedEmitter) };
}

describe('waitFor and once', () => {
  it('take the first event that the predicate takes, and listen no longer', async () => {
    const { emitter } = desk();

    const waited = emitter.waitFor(Rang, ({ times }) => times > 1);
    for (const times of [1, 2, 3]) emitter.emit(new Rang(times));

    expect(await waited).toEqual(new Rang(2));
    expect(emitter.listenerCount(Rang)).toBe(0);
  });

  it('end with the time, leaving neither handler nor timer', async () => {
    const { emitter, clock } = desk();

    const waited = emitter.once(Rang, { timeout: 50 });
    await clock.advance(50);

    await expect(waited).rejects.toMatchObject({ code: 'CAR4007' });
    expect(emitter.listenerCount(Rang)).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('leave no timer when the event comes in time', async () => {
    const { emitter, clock } = desk();

    const waited = emitter.once(Rang, { timeout: 50 });
    emitter.emit(new Rang(1));
    await waited;

    expect(clock.pending).toBe(0);
  });

  it('end with a signal, also with one that was aborted before', async () => {
    const { emitter } = desk();
    const controller = new AbortController();
    const reason = new Error('changed my mind');

    const waited = emitter.once(Rang, { signal: controller.signal });
    controller.abort(reason);

    await expect(waited).rejects.toBe(reason);
    await expect(emitter.once(Rang, { signal: controller.signal })).rejects.toBe(reason);
    expect(emitter.listenerCount(Rang)).toBe(0);
  });

  it('refuse a time that is none', async () => {
    const { emitter } = desk();

    await expect(emitter.once(Rang, { timeout: -1 })).rejects.toMatchObject({ code: 'CAR4009' });
  });

  it('says where a handler goes, to those who know once() of other emitters', async () => {
    const { emitter } = desk();

    await expect(emitter.once(Rang, (() => 1) as never)).rejects.toMatchObject({
      code: 'CAR4009',
      message: expect.stringContaining('Give an object. A handler is for on().'),
    });
  });
});

describe('iterate', () => {
  it('gives the events in order, those that waited first, and ends with the scope', async () => {
    const { container, emitter } = desk();
    const heard: number[] = [];

    const loop = (async () => {
      for await (const { times } of emitter.iterate(Rang)) {
        heard.push(times);
        if (times === 2) emitter.emit(new Rang(3));
        if (times === 3) scopeOf(container).dispose();
      }
    })();
    emitter.emit(new Rang(1));
    emitter.emit(new Rang(2));
    await loop;

    expect(heard).toEqual([1, 2, 3]);
  });

  it.each([
    ['drop-oldest', [2, 3]],
    ['drop-newest', [1, 2]],
  ] as const)('with %s keeps what it says when its buffer is full', async (whenFull, kept) => {
    const { container, emitter } = desk();
    const heard: number[] = [];
    const events = emitter.iterate(Rang, { limit: 2, whenFull });

    for (const times of [1, 2, 3]) emitter.emit(new Rang(times));
    scopeOf(container).dispose();
    for await (const { times } of events) heard.push(times);

    expect(heard).toEqual(kept);
  });

  it('fails the loop when its buffer is full, after what waits', async () => {
    const { emitter } = desk();
    const heard: number[] = [];
    const events = emitter.iterate(Rang, { limit: 1 });

    for (const times of [1, 2]) emitter.emit(new Rang(times));
    const loop = (async () => {
      for await (const { times } of events) heard.push(times);
    })();

    await expect(loop).rejects.toMatchObject({ code: 'CAR4010' });
    expect(heard).toEqual([1]);
    expect(emitter.listenerCount(Rang)).toBe(0);
  });

  it('stops listening at a break, and at an abort', async () => {
    const { emitter } = desk();
    const controller = new AbortController();
    const aborted = emitter.iterate(Rang, { signal: controller.signal });
    const broken = emitter.iterate(Rang);

    emitter.emit(new Rang(1));
    controller.abort();
    for await (const _rang of broken) break;
    const first = await aborted.next();
    const second = await aborted.next();

    expect({ value: first.value, done: second.done }).toEqual({ value: new Rang(1), done: true });
    expect(emitter.listenerCount(Rang)).toBe(0);
  });

  it('refuses a limit that is none', () => {
    const { emitter } = desk();

    expect(() => emitter.iterate(Rang, { limit: 0 })).toThrow('CAR4009');
  });

  it.each([[undefined], [null], [7]])('refuses %p, which is no event', (event) => {
    const { emitter } = desk();

    expect(() => emitter.iterate(event as never)).toThrow('CAR1004');
  });
});
