/** Few events are kept in another way than many. */
import { describe, expect, it } from '@jest/globals';
import { createScope, type ScopedEmitter } from 'carillon';

const COUNTS = [1, 3, 4, 5, 8, 9, 40];

/** Which of the events are heard. */
function heard(emitter: ScopedEmitter, events: readonly string[]): string[] {
  return events.filter((event) => emitter.listenerCount(event) > 0);
}

describe.each(COUNTS)('an emitter whose handlers hear %p events', (count) => {
  const events = Array.from({ length: count }, (_, index) => `event.${index}`);
  const parts = events.map((event) => `${event}.part`);

  it('finds each of them, and none of another', () => {
    const { emitter } = createScope();
    const calls: string[] = [];
    for (const event of events) emitter.on(event, () => calls.push(event));

    for (const event of ['event', ...events, 'event.last']) emitter.emit(event, undefined);

    expect(calls).toEqual(events);
  });

  it('finds those that are left, in whatever order the others go, patterns and topics, and those that come again', () => {
    for (const order of [
      events,
      [...events].reverse(),
      events.filter((_, index) => index % 2 === 1),
    ]) {
      const { emitter } = createScope();
      const offs = new Map(events.map((event) => [event, emitter.on(event, () => undefined)]));
      const patterns = new Map(
        events.map((event) => [event, emitter.on(`${event}.*`, () => undefined)]),
      );
      const left = new Set(events);

      for (const event of order) {
        offs.get(event)?.();
        patterns.get(event)?.();
        left.delete(event);
        expect(heard(emitter, events)).toEqual([...left]);
        expect(
          heard(
            emitter,
            events.map((each) => `${each}.part`),
          ),
        ).toEqual([...left].map((each) => `${each}.part`));
      }
      for (const event of order)
        for (const key of [event, `${event}.*`]) emitter.on(key, () => undefined);

      expect(heard(emitter, events)).toEqual(events);
      expect(heard(emitter, parts)).toEqual(parts);
    }
  });

  it('ends them all with its scope', async () => {
    const scope = createScope();
    const waiting = events.map((event) => scope.emitter.once(event));

    await scope.disposeAsync();
    const outcomes = await Promise.allSettled(waiting);

    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual(
      events.map(() => 'CAR3002'),
    );
  });
});
