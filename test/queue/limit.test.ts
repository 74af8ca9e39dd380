/** What a full queue in memory does with one more message. */
import { describe, expect, it } from '@jest/globals';
import { type CarillonError, Deferred, EventQueue, type QueueOptions } from 'carillon';
import { stop } from 'carillon/inversify';
import { build, rootContainer } from '../support/container.js';
import { settle } from '../support/manual-clock.js';

class Job {
  constructor(readonly id: number) {}
}

function fullQueue(options: QueueOptions) {
  const reported: CarillonError[] = [];
  const fixture = rootContainer({
    queues: { default: { processing: 'manual', limit: 2, ...options } },
    onError: (error) => reported.push(error),
  });
  const done: number[] = [];
  class Clerk {
    @Deferred(Job)
    work({ id }: Job) {
      done.push(id);
    }
  }
  fixture.container.bind(Clerk).toSelf().inSingletonScope();
  fixture.container.get(Clerk);
  return { ...fixture, queue: fixture.container.get(EventQueue), done, reported };
}

const ways = [
  { way: 'in one turn', options: undefined },
  { way: 'with options', options: { delay: 0, priority: 0 } },
];

describe.each(ways)('a queue with a limit, deferred to $way', ({ options }) => {
  it('CAR5012: refuses what comes when it is full, also of several at once, and takes more once it was worked off', async () => {
    const { queue, done } = fullQueue({});
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map((id) => queue.defer(new Job(id), options)),
    );
    const waited = queue.size();
    queue.process();
    await queue.defer(new Job(5), options);
    queue.process();

    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect((outcomes[2] as PromiseRejectedResult).reason).toMatchObject({ code: 'CAR5012' });
    expect(waited).toBe(2);
    expect(done).toEqual([1, 2, 5]);
  });

  it('CAR5013: forgets its oldest message and reports it, where it is told to', async () => {
    const { queue, done, reported } = fullQueue({ whenFull: 'drop-oldest' });
    for (const id of [1, 2, 3, 4]) void queue.defer(new Job(id), options);
    const waited = queue.size();
    await settle();
    queue.process();

    expect(waited).toBe(2);
    expect(done).toEqual([3, 4]);
    expect(reported.map(({ code }) => code)).toEqual(['CAR5013', 'CAR5013']);
  });

  it('lets the caller wait until a message was worked off, first come first served', async () => {
    const { queue, done } = fullQueue({ whenFull: 'wait' });
    const accepted: number[] = [];
    for (const id of [1, 2, 3, 4])
      void queue.defer(new Job(id), options).then(() => accepted.push(id));
    await settle();
    const before = [...accepted];
    queue.process('default', { max: 1 });
    // There is room, but somebody waits for it.
    void queue.defer(new Job(5), options).then(() => accepted.push(5));
    await settle();
    const after = [...accepted];
    for (let count = 0; count < 3; count += 1) {
      queue.process();
      await settle();
    }

    expect(before).toEqual([1, 2]);
    expect(after).toEqual([1, 2, 3]);
    expect(done).toEqual([1, 2, 3, 4, 5]);
  });

  it('CAR5012: refuses those who wait when the application ends', async () => {
    const { container, queue } = fullQueue({ whenFull: 'wait' });
    const outcomes = Promise.allSettled([1, 2, 3].map((id) => queue.defer(new Job(id), options)));
    await settle();
    await stop(container);

    expect((await outcomes).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
  });

  it('gives a cancelled message’s place to who waits', async () => {
    const { queue, done } = fullQueue({ whenFull: 'wait' });
    const first = await queue.defer(new Job(1), options);
    void queue.defer(new Job(2), options);
    void queue.defer(new Job(3), options);
    await queue.cancel(first.id);
    await settle();
    queue.process();

    expect(done).toEqual([2, 3]);
  });
});

it('goes on with an ordering key whose message in its next attempt was dropped', async () => {
  const { container } = rootContainer({
    queues: {
      default: { processing: 'manual', limit: 2, whenFull: 'drop-oldest', attempts: 9, backoff: 0 },
    },
    onError: () => undefined,
  });
  const queue = container.get(EventQueue);
  const done: number[] = [];
  class Clerk {
    @Deferred(Job)
    work({ id }: Job) {
      if (id === 1) throw new Error('torn');
      done.push(id);
    }
  }
  build(container, Clerk);
  for (const id of [1, 2]) await queue.defer(new Job(id), { orderingKey: 'one' });
  // The first message fails twice; its follower waits behind it.
  queue.process('default', { max: 2 });
  await queue.defer(new Job(3));
  queue.process('default', { until: 'empty' });

  expect({ done, size: queue.size() }).toEqual({ done: [2, 3], size: 0 });
});
