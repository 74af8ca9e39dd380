/** Queues in RabbitMQ: what the suite of all engines does not ask. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChannelModel, connect } from 'amqplib';
import type { CarillonError } from 'carillon';
import type { Outcome, OutgoingMessage, ProviderQueue, QueueDelivery } from 'carillon/engine';
import { rabbitQueue } from 'carillon/rabbitmq';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { gate } from '../../support/gate.js';
import { removeQueues } from '../../support/rabbit-queues.js';
import { withService } from '../../support/service.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const PORT = 5672;
/** Milliseconds. The 31 queues of delays take a busy server some time. */
const PATIENT = 20_000;
const OPTIONS = { concurrency: 1, onRetry: 'block' } as const;
const FAILURE = { name: 'Error', message: 'no ink' };

function message(more: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { id: randomUUID(), handler: 'worker', event: 'job', body: '{}', ...more };
}

describe('rabbitQueue', () => {
  it.each([{ url: '' }, { url: 'http://127.0.0.1' }, { url: 'amqp://:x' }, { patience: 0 }])(
    'Q7 refuses %j when it is configured',
    (options) => {
      expect(() => rabbitQueue(options)).toThrow('CAR7030');
    },
  );
});

await withService('RabbitMQ', PORT, () => {
  let prefix: string;
  let faults: TcpProxy;
  let model: ChannelModel;
  const opened: ProviderQueue[] = [];
  const names = new Set<string>();
  let errors: CarillonError[];

  beforeEach(async () => {
    prefix = `test-${randomUUID()}`;
    faults = await TcpProxy.to(PORT);
    model = await connect(`amqp://127.0.0.1:${PORT}`);
    errors = [];
  });

  afterEach(async () => {
    await faults.mend();
    for (const queue of opened.splice(0)) await queue.close();
    await faults.close();
    await model.close();
    for (const name of names) await removeQueues(prefix, name);
    names.clear();
  });

  async function open(port = PORT, name = 'jobs', patience = PATIENT): Promise<ProviderQueue> {
    names.add(name);
    // What comes after the end of its test is no other test's.
    const own = errors;
    const provider = rabbitQueue({ url: `amqp://127.0.0.1:${port}`, prefix, patience });
    const queue = await provider.open(name, {
      clock: realClock,
      report: (error) => own.push(error),
    });
    opened.push(queue);
    return queue;
  }

  /** Gives each delivery in turn the next outcome; resolves with the deliveries. */
  async function deliveries(
    queue: ProviderQueue,
    outcomes: readonly Outcome[],
  ): Promise<QueueDelivery[]> {
    const all = gate();
    const given: QueueDelivery[] = [];
    const consumption = await queue.consume(OPTIONS, (delivery) => {
      given.push(delivery);
      if (given.length === outcomes.length) all.open();
      return outcomes[given.length - 1] ?? { type: 'done' };
    });
    await all.promise;
    await consumption.stop();
    return given;
  }

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  async function withLetters(queue: ProviderQueue, count: number): Promise<void> {
    await queue.enqueue(
      Array.from({ length: count }, (_, index) => message({ body: String(index) })),
    );
    const outcomes = Array.from(
      { length: count },
      (): Outcome => ({ type: 'giveUp', reason: 'failed', failure: FAILURE }),
    );
    await deliveries(queue, outcomes);
  }

  describe('a queue in RabbitMQ', () => {
    it('Q1 refuses a message that no queue takes, and has a worker make the queue anew', async () => {
      const queue = await open();
      const channel = await model.createChannel();

      await channel.deleteQueue(`${prefix}:jobs`);

      await expect(queue.enqueue([message()])).rejects.toThrow('no queue takes the message');
      const other = await open();
      expect(await other.enqueue([message()])).toEqual(['accepted']);
    });

    it('Q1 accepts many messages at once, however long all of them together take', async () => {
      const queue = await open(PORT, 'jobs', 3000);
      const channel = await model.createChannel();
      const many = Array.from({ length: 40_000 }, () => message());

      expect(new Set(await queue.enqueue(many))).toEqual(new Set(['accepted']));
      expect((await channel.checkQueue(`${prefix}:jobs`)).messageCount).toBe(many.length);
    }, 180_000);

    it('Q19 leaves to other workers what was on its way when it was paused, and counts no attempt', async () => {
      const [paused, other] = [await open(), await open()];
      const sent = Array.from({ length: 8 }, () => message());
      const ids = sent.map(({ id }) => id);
      const begun: string[] = [];
      const all = gate();
      const record = ({ id, attempt }: QueueDelivery): Outcome => {
        begun.push(`${id} ${attempt}`);
        if (begun.length === sent.length) all.open();
        return { type: 'done' };
      };

      const consumption = await paused.consume({ concurrency: 4, onRetry: 'block' }, (delivery) => {
        consumption.pause();
        return record(delivery);
      });
      // The server sends four at once: of what it has not sent at a pause it counts an attempt.
      consumption.pause();
      await other.enqueue(sent);
      consumption.resume();
      await other.consume(OPTIONS, record);
      await all.promise;

      expect([...begun].sort()).toEqual(ids.map((id) => `${id} 1`).sort());
    });

    it('Q1 a worker whose queue was removed makes it anew, and works on', async () => {
      const queue = await open();
      const done = gate();
      await queue.consume(OPTIONS, () => {
        done.open();
        return { type: 'done' };
      });
      const channel = await model.createChannel();

      await channel.deleteQueue(`${prefix}:jobs`);
      await until(() =>
        queue.enqueue([message()]).then(
          () => true,
          () => false,
        ),
      );

      await done.promise;
      expect(errors.map(({ code }) => code)).toEqual(['CAR5018']);
    });

    it('Q1 a worker that starts after its queue was removed makes it', async () => {
      const queue = await open();
      const channel = await model.createChannel();
      await channel.deleteQueue(`${prefix}:jobs`);
      const done = gate();

      await queue.consume(OPTIONS, () => {
        done.open();
        return { type: 'done' };
      });
      await queue.enqueue([message()]);

      await done.promise;
      expect(errors).toEqual([]);
    });

    it('Q27 a queue that is there with other arguments is refused, and no other queue with it', async () => {
      const channel = await model.createChannel();
      const provider = rabbitQueue({ prefix, patience: PATIENT });
      const start = async (name: string) => {
        names.add(name);
        const queue = await provider.open(name, {
          clock: realClock,
          report: (error) => errors.push(error),
        });
        opened.push(queue);
        return queue;
      };
      const first = await start('first');
      await channel.assertQueue(`${prefix}:other`);

      await expect(start('other')).rejects.toThrow('PRECONDITION');
      const next = await start('next');

      expect(await first.enqueue([message()])).toEqual(['accepted']);
      expect(await next.enqueue([message()])).toEqual(['accepted']);
      await channel.deleteQueue(`${prefix}:other`);
      expect(await (await start('other')).enqueue([message()])).toEqual(['accepted']);
      expect(errors).toEqual([]);
    });

    it('Q9 sends by the next connection when the one by which it has sent is lost', async () => {
      const queue = await open(faults.port, 'jobs', 3000);
      await queue.enqueue([message()]);

      await faults.cut();
      await faults.mend();
      await until(() =>
        queue.enqueue([message()]).then(
          () => true,
          () => false,
        ),
      );

      expect((await queue.counts()).waiting).toBeGreaterThanOrEqual(2);
    });

    it('Q3 a worker makes what delays again when it was removed', async () => {
      const queue = await open();
      const channel = await model.createChannel();
      const done = gate();
      let attempts = 0;
      await queue.enqueue([message({ delay: 1, body: 'delayed' })]);
      await queue.consume(OPTIONS, ({ body }) => {
        if (body.toString() === 'delayed') return { type: 'done' };
        attempts += 1;
        if (attempts < 4) return { type: 'retry', after: 16, failure: FAILURE };
        done.open();
        return { type: 'done' };
      });

      await channel.deleteExchange(`${prefix}:wait:16`);
      await queue.enqueue([message()]);
      await done.promise;

      await expect(channel.checkExchange(`${prefix}:wait:16`)).resolves.toEqual({});
    });

    it('Q7 what waits for long does not hold up what waits for less', async () => {
      const queue = await open();
      const late = message({ delay: 3000 });
      const soon = message({ delay: 200 });

      await queue.enqueue([late, soon]);
      const given = await deliveries(queue, [{ type: 'done' }, { type: 'done' }]);

      expect(given.map(({ id }) => id)).toEqual([soon.id, late.id]);
    });

    it('Q7 what is delayed is not early, whatever bits its time has', async () => {
      const queue = await open();
      const delays = [1, 15, 16, 31, 47, 63, 64, 127, 255, 256, 511, 767, 1023];
      const sent = new Map(delays.map((delay) => [randomUUID() as string, { delay, at: 0 }]));
      const lateness: number[] = [];
      const all = gate();
      await queue.enqueue([message({ delay: 1 })]);
      await queue.consume(OPTIONS, ({ id }) => {
        const { delay, at } = sent.get(id) ?? { delay: 0, at: 0 };
        if (at > 0) lateness.push(performance.now() - at - delay);
        if (lateness.length === delays.length) all.open();
        return { type: 'done' };
      });

      for (const [id, times] of sent) {
        times.at = performance.now();
        await queue.enqueue([message({ id, delay: times.delay })]);
      }
      await all.promise;

      expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
    });

    it('Q7 what waits beside the messages of other queues comes back to its own', async () => {
      const owners = ['jobs', 'own.jobs', 'own.*', '#'];
      const queues = await Promise.all(owners.map((owner) => open(PORT, owner)));
      const heard: string[] = [];
      for (const [index, queue] of queues.entries()) {
        const work = ({ body }: QueueDelivery): Outcome => {
          heard.push(`${owners[index]} heard ${body}`);
          return { type: 'done' };
        };
        await queue.consume(OPTIONS, work);
      }

      await Promise.all(
        queues.map((queue, index) =>
          queue.enqueue([message({ delay: 50, body: owners[index] as string })]),
        ),
      );
      await until(() => heard.length >= owners.length);

      expect(heard.sort()).toEqual(owners.map((owner) => `${owner} heard ${owner}`).sort());
    });

    it('Q7 what waits for a queue that was removed holds up nobody else, and is kept', async () => {
      const [queue, gone] = [await open(), await open(PORT, 'gone')];
      const channel = await model.createChannel();
      const lost = Array.from({ length: 50 }, () => message({ delay: 3000 }));
      await gone.enqueue(lost);
      await gone.close();
      await channel.deleteQueue(`${prefix}:gone`);

      await queue.enqueue([message({ delay: 3200 })]);
      await deliveries(queue, [{ type: 'done' }]);

      await until(
        async () => (await channel.checkQueue(`${prefix}:wait:lost`)).messageCount === lost.length,
      );
      expect(errors).toEqual([]);
    });

    it('Q7 a delay that no message can wait for is refused, and nothing of the call is accepted', async () => {
      const queue = await open();
      const year = 365 * 86_400_000;

      await expect(queue.enqueue([message(), message({ delay: 2 * year })])).rejects.toMatchObject({
        code: 'CAR7012',
      });
      await queue.enqueue([message({ delay: year })]);

      expect(await queue.counts()).toMatchObject({ waiting: 0, delayed: 1 });
    });

    it('Q16 what goes back has not been tried', async () => {
      const queue = await open();
      await queue.enqueue([message()]);

      const given = await deliveries(queue, [
        { type: 'retry', after: 1, failure: FAILURE },
        { type: 'goBack', after: 0 },
        { type: 'goBack', after: 1 },
        { type: 'done' },
      ]);

      expect(given.map(({ attempt }) => attempt)).toEqual([1, 2, 2, 2]);
    });

    it('Q17 counts a message whose worker did not come back', async () => {
      const [cut, other] = [await open(faults.port, 'jobs', 3000), await open()];
      const begun = gate();
      await cut.consume(OPTIONS, () => {
        begun.open();
        return new Promise(() => undefined);
      });
      await other.enqueue([message()]);
      await begun.promise;

      await faults.cut();
      const [delivery] = await deliveries(other, [{ type: 'done' }]);

      expect(delivery?.attempt).toBe(2);
    });

    it('Q8 an outcome that comes after the connection was lost changes nothing', async () => {
      const queue = await open(faults.port, 'jobs', 3000);
      const [begun, again] = [gate(), gate()];
      const attempts: number[] = [];
      await queue.consume(OPTIONS, async ({ attempt }) => {
        attempts.push(attempt);
        if (attempts.length > 1) {
          again.open();
          return { type: 'done' };
        }
        begun.open();
        await again.promise;
        return { type: 'giveUp', reason: 'failed', failure: FAILURE };
      });
      await queue.enqueue([message()]);
      await begun.promise;

      await faults.cut();
      await faults.mend();
      await again.promise;

      const other = await open();
      await until(async () => (await queue.counts().catch(() => ({ active: 1 }))).active === 0);
      expect(attempts).toEqual([1, 2]);
      expect(await other.counts()).toEqual({ waiting: 0, delayed: 0, active: 0, dead: 0 });
    });

    it('L17 leaves no handle after its end, also when the server has gone silent', async () => {
      const before = handles();
      const queue = await open(faults.port, 'jobs', 3000);
      const consumption = await queue.consume(OPTIONS, () => ({ type: 'done' }));
      await faults.silence();

      void consumption.stop();
      await queue.close();

      // The proxy has two sockets for each of the two connections, and does not see that they have ended.
      await until(() => handles() <= before + 4);
      expect(handles()).toBeLessThanOrEqual(before + 4);
    });
  });

  describe('dead letters in RabbitMQ', () => {
    it('Q3 are all seen by readers of several processes at once, and stay in order', async () => {
      const queue = await open();
      await withLetters(queue, 3);
      const readers = await Promise.all([open(), open(), open()]);

      const lists = await Promise.all(
        [queue, ...readers].map(({ deadLetters }) => deadLetters?.list({})),
      );

      expect(lists.map((list) => list?.map(({ body }) => body))).toEqual(
        Array.from({ length: 4 }, () => ['0', '1', '2']),
      );
      expect((await queue.counts()).dead).toBe(3);
    });

    it('Q3 are all there again once they have been listed', async () => {
      const queue = await open();
      await withLetters(queue, 3);
      const channel = await model.createChannel();

      const counts: number[] = [];
      for (let round = 0; round < 20; round += 1) {
        await queue.deadLetters?.list({});
        counts.push((await channel.checkQueue(`${prefix}:jobs:dead`)).messageCount);
      }

      expect(new Set(counts)).toEqual(new Set([3]));
    });

    it('Q3 keep an error however long it is', async () => {
      const queue = await open();
      await queue.enqueue([message()]);
      const long = 'x'.repeat(200_000);

      await deliveries(queue, [
        {
          type: 'giveUp',
          reason: 'failed',
          failure: { name: 'Error', message: long, stack: long },
        },
      ]);
      const [letter] = (await queue.deadLetters?.list({})) ?? [];

      expect(letter?.failure.message).toBe('x'.repeat(4000));
    });

    it.each(['{ no JSON', 'null', '7', '{}'])(
      'Q4 Q37 are also those whose failure another program has written as %j',
      async (failure) => {
        const queue = await open();
        const channel = await model.createConfirmChannel();
        const headers = { 'carillon-reason': 'failed', 'carillon-failure': failure };
        channel.sendToQueue(`${prefix}:jobs:dead`, Buffer.from('{}'), { type: 'job', headers });
        await channel.waitForConfirms();

        expect(await queue.deadLetters?.list({})).toMatchObject([
          { event: 'job', reason: 'failed', failure: { message: 'its cause is not known' } },
        ]);
        expect(await queue.deadLetters?.drop({})).toBe(1);
      },
    );

    it('Q4 are also what another program wrote, and what the server gave up itself', async () => {
      const queue = await open();
      const channel = await model.createConfirmChannel();
      channel.sendToQueue(`${prefix}:jobs`, Buffer.from('no envelope'), { type: 'order.placed' });
      await channel.waitForConfirms();
      await until(async () => {
        const foreign = await channel.get(`${prefix}:jobs`);
        if (foreign !== false) channel.reject(foreign, false);
        return foreign !== false;
      });

      await until(async () => (await queue.deadLetters?.count({})) === 1);
      const [letter] = (await queue.deadLetters?.list({})) ?? [];

      expect(letter).toMatchObject({
        handler: undefined,
        event: 'order.placed',
        body: 'no envelope',
        reason: 'failed',
        failure: { message: 'given up by RabbitMQ: rejected' },
      });
    });

    it('Q9 a reader that loses its connection puts everything back', async () => {
      const [cut, other] = [await open(faults.port, 'jobs', 3000), await open()];
      await withLetters(other, 3);

      const listing = cut.deadLetters?.list({}).catch(() => undefined);
      await faults.cut();
      await listing;

      expect((await other.deadLetters?.list({}))?.map(({ body }) => body)).toEqual(['0', '1', '2']);
    });
  });
});

function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name)).length;
}
