/** Cases: what is deferred is done, as it was. */
import type { Delivery, MessageFacts } from '../../../decorators/delivery.js';
import { newId } from '../../events/new-id.js';
import { JOBS } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Recorder } from '../waiting.js';
import { Job, ParcelSent, Text } from './events.js';

const HOUR = 3_600_000;

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

export const basicCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'Q2 delivers by topic, in order, once each',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle('compliance.topic', heard.record);
      await member.start();

      for (const number of [1, 2, 3]) await member.queue.defer('compliance.topic', number);

      expect(await heard.count(3)).toEqual([1, 2, 3]);
    },
  },
  {
    title: 'Q2 delivers by event class: an instance of it',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<ParcelSent>();
      member.handle(ParcelSent, heard.record);
      await member.start();

      await member.queue.defer(new ParcelSent('42', 7));
      const [parcel] = await heard.count(1);

      expect(parcel).toBeInstanceOf(ParcelSent);
      expect(parcel?.label).toBe('42: 7');
    },
  },
  {
    title: 'Q2 keeps what was deferred before the start',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await member.queue.deferAll([1, 2, 3].map((number) => [Job, number]));

      await member.start();

      expect(await heard.count(3)).toEqual([1, 2, 3]);
    },
  },
  {
    title: 'Q2 keeps the order of a large batch, and has each of it once',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      const numbers = Array.from({ length: 250 }, (_, index) => index);
      member.handle(Job, heard.record);

      const receipts = await member.queue.deferAll(numbers.map((number) => [Job, number]));
      await member.start();

      expect(await heard.count(numbers.length)).toEqual(numbers);
      expect(new Set(receipts.map(({ id }) => id)).size).toBe(numbers.length);
    },
  },
  {
    title: 'Q2 two handlers both receive, each for itself',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      member.handle(Job, () => heard.record('first'));
      member.handle(Job, () => heard.record('second'));
      await member.start();

      const receipt = await member.queue.defer(Job, 1);

      expect([...(await heard.count(2))].sort()).toEqual(['first', 'second']);
      expect(receipt.messages.map(({ handler }) => handler).sort()).toEqual([
        'handler-1',
        'handler-2',
      ]);
    },
  },
  {
    title:
      'Q2 a handler that fails does not keep the others from their message, and they do not get it again',
    async run(world) {
      const member = world.member({ attempts: 2, backoff: { delay: 10, jitter: 0 } });
      const heard = new Recorder<string>();
      let failed = false;
      member.handle(Job, () => heard.record('well'));
      member.handle(Job, () => {
        heard.record('ill');
        if (!failed) {
          failed = true;
          throw new Error('once');
        }
      });
      await member.start();

      await member.queue.defer(Job, 1);

      expect([...(await heard.count(3))].sort()).toEqual(['ill', 'ill', 'well']);
    },
  },
  {
    title: 'Q2 competing workers share the messages, and each is done once',
    needs: ['crossProcess'],
    async run(world) {
      const members = [world.member({ concurrency: 2 }), world.member({ concurrency: 2 })];
      const heard = new Recorder<number>();
      for (const member of members)
        member.handle(Job, async (number: number) => heard.record(number), { id: 'shared' });
      await Promise.all(members.map((member) => member.start()));
      const numbers = Array.from({ length: 40 }, (_, number) => number);

      await members[0]?.queue.deferAll(numbers.map((number) => [Job, number]));
      const done = await heard.count(numbers.length);

      expect([...done].sort((a, b) => a - b)).toEqual(numbers);
    },
  },
  {
    title: 'Q2 a process without handlers can defer, to every handler that the worker has',
    needs: ['crossProcess'],
    async run(world) {
      const [publisher, worker] = [world.member(), world.member()];
      const heard = new Recorder<string>();
      worker.handle(Job, () => heard.record('first'));
      worker.handle(Job, () => heard.record('second'));
      await Promise.all([publisher.start(), worker.start()]);

      await publisher.queue.defer(Job, 1, { queue: JOBS });

      expect([...(await heard.count(2))].sort()).toEqual(['first', 'second']);
    },
  },
  {
    title: 'round-trips unicode',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      member.handle(Text, heard.record);
      await member.start();
      const text = 'Ärger, 鐘, \u{1F514}, \u0000, "quoted"\n\\';

      await member.queue.defer(Text, text);

      expect(await heard.count(1)).toEqual([text]);
    },
  },
  {
    title: 'round-trips binary payloads',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<Uint8Array>();
      member.handle('compliance.bytes', heard.record);
      await member.start();
      const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);

      await member.queue.defer('compliance.bytes', bytes);
      const [received] = await heard.count(1);

      expect([...(received as Uint8Array)]).toEqual([...bytes]);
    },
  },
  {
    title: 'a large payload arrives, or is refused clearly',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      member.handle(Text, heard.record);
      await member.start();
      const text = 'x'.repeat(600_000);

      const refusal = await member.queue.defer(Text, text).then(
        () => undefined,
        (error: { code: string }) => error.code,
      );
      if (refusal === undefined) await heard.count(1);

      expect(refusal ?? heard.items[0]?.length).toBe(
        refusal === undefined ? text.length : 'CAR5034',
      );
    },
  },
  {
    title:
      'Q7 does as many at once as its concurrency says, and fetches no more: another worker gets them',
    needs: ['crossProcess'],
    async run(world) {
      const [full, free] = [world.member({ concurrency: 2 }), world.member({ concurrency: 2 })];
      const begun = new Recorder<number>();
      const done = new Recorder<number>();
      const never = new Promise<void>(() => undefined);
      full.handle(
        Job,
        (number: number) => {
          begun.record(number);
          return never;
        },
        { id: 'shared' },
      );
      free.handle(Job, done.record, { id: 'shared' });
      await full.start();
      await full.queue.deferAll([1, 2].map((number) => [Job, number]));
      await begun.count(2);

      await full.queue.deferAll([3, 4, 5].map((number) => [Job, number]));
      await free.start();

      expect([...(await done.count(3))].sort()).toEqual([3, 4, 5]);
      expect([...begun.items].sort()).toEqual([1, 2]);
    },
  },
  {
    title: 'Q7 works on as many messages at once as its concurrency says',
    async run(world) {
      const member = world.member({ concurrency: 3 });
      const begun = new Recorder<number>();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      member.handle(Job, async (number: number) => {
        begun.record(number);
        await held;
      });
      await member.start();

      await member.queue.deferAll([1, 2, 3, 4, 5].map((number) => [Job, number]));
      await begun.count(3);
      await eventually(async () => (await member.queue.counts(JOBS)).active === 3);
      const atOnce = begun.items.length;
      release();
      await begun.count(5);

      expect(atOnce).toBe(3);
    },
  },
  {
    title: 'Q11 a message tells its handler its id, type, source and time',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<MessageFacts | undefined>();
      member.handle(Job, (_: number, { message }: Delivery) => heard.record(message));
      await member.start();

      await member.queue.defer(Job, 1, { id: 'message-1' });
      const [facts] = await heard.count(1);

      expect(facts).toMatchObject({
        id: 'message-1',
        type: 'compliance.job',
        source: '/member%201',
        attempt: 1,
      });
      const time = facts?.time.getTime() ?? 0;
      // The date may be set meanwhile, or be another machine's.
      expect(Math.abs(time - Date.now()) < HOUR).toBe(true);
    },
  },
  {
    title:
      'Q11 what a handler sends goes on with the correlation and the trace of its message, which is the cause',
    needs: ['durable'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<MessageFacts | undefined>();
      member.handle(Job, async () => {
        await Promise.all([
          member.queue.defer(Text, 'one'),
          member.queue.deferAll([[Text, 'two']]),
        ]);
      });
      member.handle(Text, (_: string, { message }: Delivery) => heard.record(message));
      const story = { correlationid: 'story-1', traceparent: TRACE, tracestate: 'vendor=1' };
      const envelope = {
        specversion: '1.0',
        id: 'foreign-1',
        source: '/foreign',
        type: 'compliance.job',
        ...story,
        data: 1,
      };
      const body = JSON.stringify(envelope);
      await world.enqueueRaw({ id: newId(), handler: 'handler-1', event: 'compliance.job', body });

      await member.start();
      await heard.count(2);
      await member.queue.defer(Text, 'another story', { id: 'own-1' });
      const [one, two, other] = await heard.count(3);

      const continued = {
        correlationId: 'story-1',
        causationId: 'foreign-1',
        traceparent: TRACE,
        tracestate: 'vendor=1',
      };
      expect({ one, two }).toMatchObject({ one: continued, two: continued });
      expect(other).toMatchObject({ id: 'own-1', correlationId: 'own-1' });
      expect(other?.causationId).toBe(undefined);
    },
  },
];
