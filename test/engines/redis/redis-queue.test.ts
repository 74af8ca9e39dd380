/** Queues on Redis: what the suite of all engines does not ask. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, expect, it } from '@jest/globals';
import type { Outcome, OutgoingMessage, ProviderQueue, QueueDelivery } from 'carillon/engine';
import { type RedisQueueOptions, redisQueue } from 'carillon/redis';
import { Redis } from 'ioredis';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { gate } from '../../support/gate.js';
import { withService } from '../../support/service.js';

const PORT = 6379;

function message(): OutgoingMessage {
  return { id: randomUUID(), handler: 'worker', event: 'job', body: '{}' };
}

await withService('Redis', PORT, () => {
  const client = new Redis(PORT, { lazyConnect: true });
  const prefix = `test-${randomUUID()}`;
  const opened: ProviderQueue[] = [];

  afterEach(async () => {
    for (const queue of opened.splice(0)) await queue.close();
  });

  afterAll(async () => {
    const keys = await client.keys(`${prefix}:*`);
    if (keys.length > 0) await client.del(keys);
    client.disconnect();
  });

  async function open(
    options: RedisQueueOptions,
    name: string = randomUUID(),
  ): Promise<ProviderQueue> {
    const queue = await redisQueue({ prefix, ...options }).open(name, {
      clock: realClock,
      report: (error) => {
        throw error;
      },
    });
    opened.push(queue);
    return queue;
  }

  it('tells of a message that is done for as long as it was told to, and then forgets it', async () => {
    const queue = await open({ keepDone: 1000 });
    let done = gate();
    const consumption = await queue.consume({ concurrency: 1, onRetry: 'block' }, () => {
      done.open();
      return { type: 'done' };
    });
    const work = async () => {
      done = gate();
      const sent = message();
      await queue.enqueue([sent]);
      await done.promise;
      return sent.id;
    };

    const first = await work();
    const states = new Set<string | undefined>();
    // What is over is forgotten with what is done next.
    do {
      states.add((await queue.status?.(first))?.state);
      await work();
    } while (!states.has(undefined));
    await consumption.stop();

    expect([...states].filter((state) => state !== 'active')).toEqual(['done', undefined]);
  });

  it('works on after each pause, however soon it is over', async () => {
    const provider = redisQueue({ prefix });
    const context = { clock: realClock, report: () => undefined };
    // The loop of BullMQ's worker begins and ends over some turns, in one of which a resume came to nothing.
    const works = Array.from({ length: 30 }, async (_, turns) => {
      const queue = await provider.open(randomUUID(), context);
      opened.push(queue);
      const done = gate();
      const consumption = await queue.consume({ concurrency: 1, onRetry: 'block' }, () => {
        done.open();
        return { type: 'done' };
      });
      consumption.pause();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      consumption.resume();
      await queue.enqueue([message()]);
      await done.promise;
      return turns;
    });

    expect(await Promise.all(works)).toHaveLength(30);
  });

  it('Q19 leaves to other workers what it was fetching when it was paused, and counts no attempt', async () => {
    const name = randomUUID();
    const options = { concurrency: 1, onRetry: 'block' } as const;
    const [paused, other] = [await open({}, name), await open({}, name)];
    const sent = [message(), message(), message()];
    const begun: string[] = [];
    const [first, all] = [gate(), gate()];
    const record = ({ id, attempt }: QueueDelivery): Outcome => {
      begun.push(`${id} ${attempt}`);
      if (begun.length === sent.length) all.open();
      return { type: 'done' };
    };
    const consumption = await paused.consume(options, (delivery) => {
      // It has asked for the next one by then, in the request that says that this one is done.
      setImmediate(() => {
        consumption.pause();
        first.open();
      });
      return record(delivery);
    });
    await other.enqueue(sent);
    await first.promise;
    await other.consume(options, record);
    await all.promise;

    expect([...begun].sort()).toEqual(sent.map(({ id }) => `${id} 1`).sort());
  });

  it('Q7 has no priorities where it was told so, and keeps messages in the list that BullMQ has for that', async () => {
    const name = randomUUID();
    const queue = await open({ priorities: false }, name);

    await queue.enqueue([message(), message()]);

    expect(redisQueue({ priorities: false }).capabilities.priority).toBe(false);
    expect(redisQueue().capabilities.priority).toBe(true);
    expect(await client.llen(`${prefix}:${name}:wait`)).toBe(2);
    expect(await queue.counts()).toMatchObject({ waiting: 2 });
  });
});
