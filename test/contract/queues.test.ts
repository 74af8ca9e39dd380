import { describe, expect, it } from '@jest/globals';
import { Deferred, defineEvent, EventQueue } from 'carillon';
import { build, rootContainer } from '../support/container.js';
import { gate } from '../support/gate.js';

const Moved = defineEvent<number>('moved');

function manualQueue() {
  const { container, errors, clock } = rootContainer({
    queues: { physics: { processing: 'manual' } },
  });
  const done: number[] = [];
  const during: ((value: number) => void)[] = [];
  class Body {
    @Deferred(Moved, { queue: 'physics' })
    move(value: number) {
      done.push(value);
      for (const act of during) act(value);
    }
  }
  build(container, Body);
  return { queue: container.get(EventQueue), done, during, errors, clock };
}

async function deferAll(queue: EventQueue, values: readonly number[]): Promise<void> {
  for (const value of values) await queue.defer(Moved, value);
}

describe('queues', () => {
  it('Q13 drains first in first out, on the caller’s turn', async () => {
    const { queue, done } = manualQueue();
    await deferAll(queue, [1, 2, 3]);
    const before = [...done];

    const result = queue.process('physics');
    const after = [...done];

    expect(before).toEqual([]);
    expect(after).toEqual([1, 2, 3]);
    expect(result).toMatchObject({ handled: 3, failed: 0, remaining: 0 });
  });

  it('Q13 keeps to a bound in messages', async () => {
    const { queue, done } = manualQueue();
    await deferAll(queue, [1, 2, 3]);

    const first = queue.process('physics', { max: 2 });
    const second = queue.process('physics', { max: 2 });

    expect({
      firstHandled: first.handled,
      firstRemaining: first.remaining,
      secondHandled: second.handled,
      secondRemaining: second.remaining,
    }).toEqual({ firstHandled: 2, firstRemaining: 1, secondHandled: 1, secondRemaining: 0 });
    expect(done).toEqual([1, 2, 3]);
  });

  it('Q13 keeps to a bound in time: no message is begun once it is over', async () => {
    const { queue, done, during, clock } = manualQueue();
    await deferAll(queue, [1, 2, 3]);
    during.push((value) => {
      if (value === 2) clock.pass(5);
    });

    const result = queue.process('physics', { maxTime: 5 });

    expect(done).toEqual([1, 2]);
    expect(result).toMatchObject({ handled: 2, remaining: 1 });
  });

  it('Q13 leaves what is pushed during a drain to the next, unless it is asked to go on until the queue is empty', async () => {
    const { queue, done, during } = manualQueue();
    during.push((value) => {
      if (value < 10) void queue.defer(Moved, value + 10);
    });
    await deferAll(queue, [1, 2]);

    const first = queue.process('physics');
    const afterFirst = [...done];
    await deferAll(queue, [3]);
    const second = queue.process('physics', { until: 'empty' });

    expect(afterFirst).toEqual([1, 2]);
    expect(first).toMatchObject({ handled: 2, remaining: 2 });
    expect(done).toEqual([1, 2, 11, 12, 3, 13]);
    expect(second).toMatchObject({ handled: 4, remaining: 0 });
  });

  it('Q13 goes on when a handler fails, reports it, and counts it', async () => {
    const { queue, done, during, errors } = manualQueue();
    during.push((value) => {
      if (value === 1) throw new Error('stuck');
    });
    await deferAll(queue, [1, 2]);

    const result = queue.process('physics');

    expect(result).toMatchObject({ handled: 2, failed: 1 });
    expect(done).toEqual([1, 2]);
    expect(errors).toEqual([expect.objectContaining({ code: 'CAR4001', method: 'move' })]);
  });

  it('Q13 starts asynchronous handlers in the caller’s turn, and tells when they have settled', async () => {
    const { container, errors } = rootContainer({ queues: { physics: { processing: 'manual' } } });
    const open = gate();
    const steps: string[] = [];
    class Body {
      @Deferred(Moved, { queue: 'physics' })
      async move() {
        steps.push('started');
        await open.promise;
        steps.push('settled');
      }
    }
    build(container, Body);
    const queue = container.get(EventQueue);
    await queue.defer(Moved, 1);

    const { settled } = queue.process('physics');
    const started = [...steps];
    open.open();
    await settled;

    expect(started).toEqual(['started']);
    expect(steps).toEqual(['started', 'settled']);
    expect(errors).toEqual([]);
  });
});
