/** Ids that begin with the time. */
import { describe, expect, it } from '@jest/globals';
import { newId, timeOfId } from '../../src/events/new-id.js';

function timeOf(id: string): number {
  return timeOfId(id) ?? Number.NaN;
}

describe('a new id', () => {
  it('is a UUID of version 7 that says when it was made', () => {
    const before = Date.now();

    const id = newId();

    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(timeOf(id)).toBeGreaterThanOrEqual(before);
    expect(timeOf(id)).toBeLessThanOrEqual(Date.now());
  });

  it('is another one each time, and none is before one of an earlier millisecond', () => {
    const ids = Array.from({ length: 10_000 }, newId);

    const times = ids.map(timeOf);

    expect(new Set(ids).size).toBe(ids.length);
    expect(times).toEqual([...times].sort((one, other) => one - other));
  });

  it('tells its time only where it has one', () => {
    // The example of RFC 9562, A.6.
    expect(timeOfId('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toBe(
      Date.UTC(2022, 1, 22, 19, 22, 22),
    );
    expect(timeOfId('c232ab00-9414-4ec6-b3c8-9e6bdeced846')).toBeUndefined();
    expect(timeOfId('of somebody el7e, as long as a UUID.')).toBeUndefined();
    expect(timeOfId('order-42')).toBeUndefined();
  });
});
