/** Ids that begin with the time. */
import { describe, expect, it } from '@jest/globals';
import { newId } from '../../src/events/new-id.js';

function timeOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
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
});
