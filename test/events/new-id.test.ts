/** Ids that begin with the time. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { newId, timeOfId } from '../../src/events/new-id.js';

function timeOf(id: string): number {
  return timeOfId(id) ?? Number.NaN;
}

const NOW = Date.UTC(2026, 4, 1);

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a new id', () => {
  it('is a UUID of version 7 that says when it was made', () => {
    jest.spyOn(Date, 'now').mockReturnValue(NOW);

    const id = newId();

    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(timeOf(id)).toBe(NOW);
  });

  it('is another one each time, and none is before one of an earlier millisecond', () => {
    let made = 0;
    const nextTime = () => {
      made += 1;
      return NOW + Math.floor(made / 1000);
    };
    jest.spyOn(Date, 'now').mockImplementation(nextTime);

    const ids = Array.from({ length: 10_000 }, newId);

    const times = ids.map(timeOf);

    expect(new Set(ids).size).toBe(ids.length);
    expect(times).toEqual(ids.map((_, index) => NOW + Math.floor((index + 1) / 1000)));
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
