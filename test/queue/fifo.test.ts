/** First in, first out, however many. */
import { describe, expect, it } from '@jest/globals';
import { Fifo } from '../../src/queue/memory/fifo.js';

function push(queue: Fifo<number>, from: number, to: number): void {
  for (let value = from; value < to; value += 1) queue.push(value);
}

function shift(queue: Fifo<number>, count: number): unknown[] {
  return Array.from({ length: count }, () => queue.shift());
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);

describe('a list that is taken from at its front', () => {
  it('gives nothing when nothing waits', () => {
    const queue = new Fifo<number>();

    const item = queue.shift();

    expect({ item, size: queue.size }).toEqual({ item: undefined, size: 0 });
  });

  it('gives ten thousand messages in the order in which they came', () => {
    const queue = new Fifo<number>();
    push(queue, 0, 10_000);

    const taken = shift(queue, 10_000);

    expect(taken).toEqual(numbers(0, 10_000));
    expect({ size: queue.size, shift: queue.shift() }).toEqual({ size: 0, shift: undefined });
  });

  it('keeps order and count while it lets go of what was taken', () => {
    const queue = new Fifo<number>();
    const taken: unknown[] = [];
    push(queue, 0, 10_000);

    taken.push(...shift(queue, 4_999));
    push(queue, 10_000, 12_000);
    taken.push(...shift(queue, 3_001));
    const between = queue.size;
    push(queue, 12_000, 13_000);
    taken.push(...shift(queue, 5_000));

    expect(between).toBe(4_000);
    expect(taken).toEqual(numbers(0, 13_000));
    expect(queue.size).toBe(0);
  });

  it('takes back to the front what was taken, also when nothing was taken before', () => {
    const queue = new Fifo<number>();
    queue.push(3);
    queue.unshift(2);
    push(queue, 4, 6);

    const [first] = shift(queue, 1);
    queue.unshift(1);
    queue.unshift(0);

    expect([first, ...shift(queue, 6)]).toEqual([2, 0, 1, 3, 4, 5, undefined]);
  });

  it('takes out what matches, and keeps the rest in order', () => {
    const queue = new Fifo<number>();
    push(queue, 0, 10);
    shift(queue, 2);

    const removed = queue.remove((value) => value % 3 === 0);

    expect(removed).toEqual([3, 6, 9]);
    expect(shift(queue, 6)).toEqual([2, 4, 5, 7, 8, undefined]);
  });
});
