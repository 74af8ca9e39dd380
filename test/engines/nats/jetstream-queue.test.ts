/** Queues in JetStream: what the suite of all engines does not ask. */
import { randomUUID } from 'node:crypto';
import { createConnection } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DiscardPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { CarillonError, Clock } from 'carillon';
import type {
  Consumption,
  Outcome,
  OutgoingMessage,
  ProviderQueue,
  QueueDelivery,
} from 'carillon/engine';
import { type JetStreamQueueOptions, jetStreamQueue } from 'carillon/nats';
import { Recorder } from '../../../src/compliance/waiting.js';
import { realClock } from '../../../src/dispatch/real-clock.js';
import { gate } from '../../support/gate.js';
import { removeStreams } from '../../support/remove-queues.js';
import { withService } from '../../support/service.js';

const PORT = 4222;
const DONE: Outcome = { type: 'done' };
const AGAIN: Outcome = { type: 'retry', after: 0, failure: { name: 'Error', message: 'again' } };
const ONE_BY_ONE = { concurrency: 1, onRetry: 'block' } as const;

/** Renews nothing: what it is told to do later it never does. */
const forgetful: Clock = {
  now: () => realClock.now(),
  schedule: () => undefined,
  cancel: () => undefined,
};

/** Stands still, rings never, and writes down what it is asked for. */
class StoppedClock implements Clock {
  readonly delays: number[] = [];

  now(): number {
    return 12_345;
  }

  schedule(_: () => void, delay: number): number {
    return this.delays.push(delay);
  }

  cancel(): void {}
}

/** What a client sends that publishes with headers as they are. */
function published(subject: string, head: string, body: string): string {
  const total = head.length + body.length;
  return `HPUB ${subject} ${head.length} ${total}\r\n${head}${body}\r\n`;
}

await withService('NATS', PORT, () => {
  let prefix: string;
  let connection: NatsConnection;
  let reports: Recorder<CarillonError>;
  const queues: ProviderQueue[] = [];
  const consumptions: Consumption[] = [];
  const prefixes: string[] = [];

  beforeEach(async () => {
    prefix = `test-${randomUUID()}`;
    prefixes.push(prefix);
    reports = new Recorder();
    connection = await connect({ servers: `127.0.0.1:${PORT}` });
  });

  afterEach(async () => {
    await Promise.all(consumptions.splice(0).map((consumption) => consumption.stop()));
    await Promise.all(queues.splice(0).map((queue) => queue.close()));
    await connection.close();
  });

  afterAll(async () => {
    for (const used of prefixes) await removeStreams(used);
  });

  async function open(
    options: JetStreamQueueOptions = {},
    clock: Clock = realClock,
  ): Promise<ProviderQueue> {
    const provider = jetStreamQueue({ servers: `127.0.0.1:${PORT}`, prefix, ...options });
    // What comes after the end of its test is no other test's.
    const own = reports;
    const queue = await provider.open('jobs', { clock, report: (error) => own.record(error) });
    queues.push(queue);
    return queue;
  }

  async function consume(
    queue: ProviderQueue,
    work: (delivery: QueueDelivery) => Outcome | Promise<Outcome>,
  ): Promise<Consumption> {
    const consumption = await queue.consume(ONE_BY_ONE, work);
    consumptions.push(consumption);
    return consumption;
  }

  function message(id: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
    return { id, handler: 'worker', event: 'job', body: '{}', ...more };
  }

  describe('jetStreamQueue', () => {
    it.each([
      { prefix: 'a.b' },
      { prefix: '' },
      { leaseTime: 0 },
      { patience: -1 },
      { replicas: Number.NaN },
    ])('Q7 refuses %j when it is configured', (options) => {
      expect(() => jetStreamQueue(options)).toThrow('CAR7030');
    });

    it('looks after all its requests at the same times, for each process to wake once', async () => {
      const clock = new StoppedClock();
      await consume(await open({}, clock), () => DONE);

      // One for messages, and one for those that are not due yet.
      expect(clock.delays).toEqual([655, 655]);
    });

    it('Q38 works with queues whose names the server does not take', async () => {
      const provider = jetStreamQueue({ servers: `127.0.0.1:${PORT}`, prefix });
      const context = { clock: realClock, report: () => undefined };
      const odd = [
        'a.b',
        'a b',
        'a>*',
        'a/b',
        'a%b',
        'a_2eb',
        'größe',
        '☃',
        '\u0000',
        "it's",
        'a\\b',
      ];
      const heard = new Recorder<string>();
      for (const name of odd) {
        const queue = await provider.open(name, context);
        queues.push(queue);
        await consume(queue, ({ id }) => {
          heard.record(id);
          return DONE;
        });

        await queue.enqueue([message(name)]);
      }

      expect([...(await heard.count(odd.length))].sort()).toEqual([...odd].sort());
    });

    it('Q38 refuses a queue whose name is too long', async () => {
      const provider = jetStreamQueue({ servers: `127.0.0.1:${PORT}`, prefix });
      const context = { clock: realClock, report: () => undefined };

      const refused = provider.open('x'.repeat(200), context);

      await expect(refused).rejects.toMatchObject({ code: 'CAR7030' });
    });

    it('leaves a stream as its administrator has made it', async () => {
      const manager = await jetstreamManager(connection);
      const name = `${prefix}-letters-jobs`;
      await manager.streams.add({
        name,
        subjects: [`${prefix}.jobs.dead`],
        max_msgs: 7,
        discard: DiscardPolicy.New,
        allow_direct: true,
      });

      await open();

      expect((await manager.streams.info(name)).config.max_msgs).toBe(7);
    });
  });

  describe('a stream that is there already', () => {
    const lossy: [name: string, stream: 'messages' | 'letters' | 'keys', config: object][] = [
      ['deletes by age', 'messages', { retention: 'workqueue', max_age: 1e9 }],
      ['deletes the oldest', 'messages', { retention: 'workqueue', max_msgs: 5 }],
      ['deletes the oldest by size', 'letters', { max_bytes: 1000 }],
      ['keeps one of each subject', 'letters', { max_msgs_per_subject: 1 }],
      ['keeps what was done', 'messages', { retention: 'limits' }],
      ['forgets what nobody listens to', 'letters', { retention: 'interest' }],
      ['confirms nothing', 'letters', { no_ack: true }],
      ['forgets keys', 'keys', { max_msgs: 5 }],
    ];

    it.each(lossy)('Q27 is refused when it %s', async (_, stream, config) => {
      const subjects = {
        messages: ['work', 'later'],
        letters: ['dead'],
        keys: ['keys.*.*'],
      }[stream].map((subject) => `${prefix}.jobs.${subject}`);
      const manager = await jetstreamManager(connection);
      const name = `${prefix}-${stream}-jobs`;
      await manager.streams.add({ name, subjects, ...config });

      await expect(open()).rejects.toMatchObject({
        code: 'CAR7032',
        message: expect.stringContaining(name),
      });
    });
  });

  describe('a queue', () => {
    it('Q29 is opened by one request for each stream and each consumer, whether they exist or not', async () => {
      const asked: string[] = [];
      connection.subscribe('$JS.API.>', {
        callback: (_, { subject }) => {
          if (subject.includes(prefix)) asked.push(subject.split('.').slice(2, 4).join(' '));
        },
      });
      await connection.flush();
      const requests = [
        'CONSUMER CREATE',
        'CONSUMER CREATE',
        'STREAM CREATE',
        'STREAM CREATE',
        'STREAM CREATE',
      ];

      await open();
      await connection.flush();
      expect(asked.splice(0).sort()).toEqual(requests);
      await open();
      await connection.flush();
      expect(asked.sort()).toEqual(requests);
    });

    it('Q1 accepts many messages at once, however long all of them together take', async () => {
      const queue = await open({ patience: 3000 });
      const many = Array.from({ length: 40_000 }, (_, index) => message(String(index)));

      expect(new Set(await queue.enqueue(many))).toEqual(new Set(['accepted']));
      expect((await queue.counts()).waiting).toBe(many.length);
    }, 180_000);
  });

  describe('a message', () => {
    it('Q16 that goes back is no attempt, however often it does', async () => {
      const queue = await open();
      const attempts = new Recorder<number>();
      await consume(queue, ({ attempt }) => {
        attempts.record(attempt);
        if (attempts.items.length < 4) return { type: 'goBack', after: 0 };
        return attempts.items.length < 6 ? AGAIN : DONE;
      });

      await queue.enqueue([message('one')]);

      expect(await attempts.count(6)).toEqual([1, 1, 1, 1, 2, 3]);
    });

    it('is kept by a worker that takes longer than its lease', async () => {
      // Renewed after a third: whoever stands still for less than the rest has still got it.
      const [slow, other] = [await open({ leaseTime: 4000 }), await open({ leaseTime: 4000 })];
      const [taken, passed] = [new Recorder<string>(), new Recorder<string>()];
      const release = gate();
      await consume(slow, async ({ id }) => {
        taken.record(id);
        await release.promise;
        return DONE;
      });
      await slow.enqueue([message('long')]);
      await taken.count(1);
      await consume(other, ({ id }) => {
        passed.record(id);
        return DONE;
      });

      // As long as two leases, by the server's own time.
      const ids = Array.from({ length: 8 }, (_, number) => `tick ${number}`);
      for (const [number, id] of ids.entries())
        await slow.enqueue([message(id, { delay: 1000 * (number + 1) })]);
      await passed.until(() => passed.items.length >= 8);
      release.open();

      expect([...passed.items].sort()).toEqual(ids);
      expect(taken.items).toEqual(['long']);
    }, 240_000);

    it('costs no timer for its lease before a worker has it', async () => {
      const clock = new StoppedClock();
      const queue = await open({ leaseTime: 2001 }, clock);
      const release = gate();
      const taken = new Recorder<string>();
      await consume(queue, async ({ id }) => {
        taken.record(id);
        await release.promise;
        return DONE;
      });
      expect(clock.delays).not.toContain(667);

      await queue.enqueue([message('one')]);
      await taken.count(1);

      expect(clock.delays.filter((delay) => delay === 667)).toHaveLength(1);
      release.open();
    });

    it('Q2 whose lease is over is not settled by who had it', async () => {
      const [lost, other] = [
        await open({ leaseTime: 2000 }, forgetful),
        await open({ leaseTime: 2000 }),
      ];
      const [first, heard] = [gate(), new Recorder<number>()];
      // Asks once: what would ask again is forgotten.
      await lost.enqueue([message('one')]);
      await lost.consume(ONE_BY_ONE, async ({ attempt }) => {
        heard.record(attempt);
        await first.promise;
        return DONE;
      });
      await heard.count(1);

      await consume(other, async ({ attempt }) => {
        heard.record(attempt);
        if (attempt > 2) return DONE;
        first.open();
        await reports.count(1);
        return AGAIN;
      });

      expect(await heard.count(3)).toEqual([1, 2, 3]);
      expect(reports.items[0]?.cause).toMatchObject({
        message: expect.stringContaining('longer than its lease'),
      });
    });

    it('that another program has stored is given to every handler of its event', async () => {
      const queue = await open();
      const deliveries = new Recorder<QueueDelivery>();
      await consume(queue, (delivery) => {
        deliveries.record(delivery);
        return DONE;
      });

      await jetstream(connection).publish(`${prefix}.jobs.work`, '{"specversion":"1.0"}');
      const [delivery] = await deliveries.count(1);

      expect(delivery).toMatchObject({
        handler: undefined,
        body: '{"specversion":"1.0"}',
        attempt: 1,
        expired: false,
      });
    });

    it('Q37 whose headers are broken ends neither the worker nor its connection, and can be a dead letter', async () => {
      const queue = await open();
      const raw = createConnection(PORT, '127.0.0.1');
      raw.write('CONNECT {"verbose":false,"headers":true}\r\n');
      const failure = { name: 'Error', message: 'what?' };
      const heard = new Recorder<string>();
      await consume(queue, ({ body }) => {
        heard.record(String(body));
        return body === 'good' ? DONE : { type: 'giveUp', reason: 'unreadable', failure };
      });
      const broken = [
        'nonsense\r\n\r\n',
        'NATS/1.0\r\nno colon\r\n\r\n',
        'NATS/1.0\r\nno key: at all\r\n\r\n',
        'NATS/1.0 409 Leadership Change\r\n\r\n',
      ];
      const facts = ['{', '7', 'null', '{"id":7}', '{"id":"x","event":"e","dedup":3,"due":"soon"}'];

      for (const head of broken) raw.write(published(`${prefix}.jobs.work`, head, 'bad'));
      for (const head of facts)
        raw.write(
          published(`${prefix}.jobs.work`, `NATS/1.0\r\nCarillon-Message: ${head}\r\n\r\n`, 'bad'),
        );
      for (const head of broken) raw.write(published(`${prefix}.jobs.dead`, head, 'bad'));
      await heard.count(9);
      await queue.enqueue([{ ...message('good'), body: 'good' }]);
      await heard.until(() => heard.items.includes('good'));
      while ((await queue.counts()).dead < 13);
      raw.destroy();

      expect(heard.items).toEqual([...new Array(9).fill('bad'), 'good']);
      expect(await queue.deadLetters?.list({})).toHaveLength(13);
      expect(reports.items).toEqual([]);
    });

    it('that is larger than the server takes is refused, and one that just fits can become a dead letter', async () => {
      const queue = await open();
      const most = (connection.info?.max_payload ?? 0) - 32_768;
      await consume(queue, () => ({
        type: 'giveUp',
        reason: 'failed',
        failure: { name: 'Error', message: '☃'.repeat(100_000), stack: '☃'.repeat(100_000) },
      }));

      await expect(
        queue.enqueue([message('large', { body: 'x'.repeat(most + 1) })]),
      ).rejects.toThrow('bytes');
      await queue.enqueue([message('fits', { body: 'x'.repeat(most) })]);
      while ((await queue.counts()).dead === 0);

      expect((await queue.deadLetters?.list({}))?.[0]?.body).toHaveLength(most);
    });
  });

  describe('a deduplication key', () => {
    it('Q5 is accepted of one of many that defer with it at once', async () => {
      const opened = [await open(), await open(), await open()];
      const dedup = { key: 'same', window: 3_600_000 };

      const results = await Promise.all(
        opened.map((queue) => queue.enqueue([message(randomUUID(), { dedup })])),
      );

      expect(results.flat().filter((result) => result === 'accepted')).toHaveLength(1);
      expect((await opened[0]?.counts())?.waiting).toBe(1);
    });

    it('Q5 is known again after the death of a process that stored its message, and not the key', async () => {
      const queue = await open();
      const dedup = { key: 'same', window: 3_600_000 };
      await queue.enqueue([message('one', { dedup })]);
      await (await jetstreamManager(connection)).streams.purge(`${prefix}-keys-jobs`);

      const again = await queue.enqueue([message('two', { dedup })]);

      expect(again).toEqual(['duplicate']);
    });

    it('Q5 is remembered for as long as it asks, also longer than keys are kept', async () => {
      const queue = await open();
      const month = 30 * 86_400_000;

      await queue.enqueue([message('one', { dedup: { key: 'same', window: month } })]);
      const { config } = await (await jetstreamManager(connection)).streams.info(
        `${prefix}-keys-jobs`,
      );

      expect(config.max_age / 1e6).toBe(month);
    });
  });
});
