/** First in, first out, however many. */
import { describe, expect, it } from '@jest/globals';
import { MemoryQueue } from '../../src/queue/memory-queue.js';

function push(queue: MemoryQueue, from: number, to: number): void {
  for (let value = from; value < to; value += 1) queue.push({ key: 'tick', payload: value });
}

function shift(queue: MemoryQueue, count: number): unknown[] {
  return Array.from({ length: count }, () => queue.shift()?.payload);
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('a queue in memory', () => {
  it('gives nothing when nothing waits', () => {
    const queue = new MemoryQueue();

    const message = queue.shift();

    expect([message, queue.size]).toEqual([undefined, 0]);
  });

  it('gives ten thousand messages in the order in which they came', () => {
    const queue = new MemoryQueue();
    push(queue, 0, 10_000);

    const taken = shift(queue, 10_000);

    expect(taken).toEqual(numbers(0, 10_000));
    expect([queue.size, queue.shift()]).toEqual([0, undefined]);
  });

  it('keeps order and count while it lets go of what was taken', () => {
    const queue = new MemoryQueue();
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

  it('keeps a message whose payload is undefined', () => {
    const queue = new MemoryQueue();
    queue.push({ key: 'tick', payload: undefined });
    queue.push({ key: 'tock', payload: 1 });

    const keys = [queue.shift()?.key, queue.shift()?.key];

    expect(keys).toEqual(['tick', 'tock']);
  });
});
