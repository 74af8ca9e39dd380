/** Cases: messages of one ordering key. */
import type { Delivery } from '../../../decorators/delivery.js';
import { setTimer } from '../../dispatch/clock.js';
import { JOBS } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Gate, Recorder } from '../waiting.js';
import { Job, Text } from './events.js';

const QUICK = { delay: 50, jitter: 0 };

export const orderCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'Q6 one key is done one after another, in order, however many are done at once',
    needs: ['orderingKey'],
    async run(world) {
      const member = world.member({ concurrency: 8 });
      const heard = new Recorder<number>();
      let atOnce = 0;
      let most = 0;
      member.handle(Job, async (number: number) => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await Promise.resolve();
        atOnce -= 1;
        heard.record(number);
      });
      await member.start();
      const numbers = Array.from({ length: 20 }, (_, number) => number);

      await member.queue.deferAll(numbers.map((number) => [Job, number, { orderingKey: 'one' }]));

      expect(await heard.count(20)).toEqual(numbers);
      expect(most).toBe(1);
    },
  },
  {
    title: 'Q6 one key is done one after another, in order, by many processes',
    needs: ['orderingKey: everywhere', 'crossProcess'],
    async run(world) {
      const members = [
        world.member({ concurrency: 4 }),
        world.member({ concurrency: 4 }),
        world.member({ concurrency: 4 }),
      ];
      const heard = new Recorder<number>();
      let atOnce = 0;
      let most = 0;
      for (const member of members) {
        member.handle(
          Job,
          async (number: number) => {
            atOnce += 1;
            most = Math.max(most, atOnce);
            await new Promise((resolve) =>
              setTimer(member.scope.runtime.clock, () => resolve(undefined), 2),
            );
            atOnce -= 1;
            heard.record(number);
          },
          { id: 'shared' },
        );
      }
      await Promise.all(members.map((member) => member.start()));
      const numbers = Array.from({ length: 20 }, (_, number) => number);

      await members[0]?.queue.deferAll(
        numbers.map((number) => [Job, number, { orderingKey: 'one' }]),
      );

      expect(await heard.count(20)).toEqual(numbers);
      expect(most).toBe(1);
    },
  },
  {
    title: 'Q6 the order of a key is kept while workers come and go',
    needs: ['orderingKey: everywhere', 'crossProcess'],
    async run(world) {
      const heard = new Recorder<number>();
      const worker = () => {
        const member = world.member({ concurrency: 4 });
        member.handle(Job, async (number: number) => heard.record(number), { id: 'shared' });
        return member;
      };
      const [first, second, third] = [worker(), worker(), worker()];
      await Promise.all([first.start(), second.start()]);
      const numbers = Array.from({ length: 30 }, (_, number) => number);

      await first.queue.deferAll(numbers.map((number) => [Job, number, { orderingKey: 'one' }]));
      await heard.count(5);
      await Promise.all([third.start(), first.stop()]);
      await heard.count(15);
      await second.stop();

      expect(await heard.count(30)).toEqual(numbers);
    },
  },
  {
    title: 'Q6 keys run side by side',
    needs: ['orderingKey'],
    async run(world) {
      const member = world.member({ concurrency: 4 });
      const heard = new Recorder<string>();
      const other = new Gate();
      member.handle(Text, async (key: string) => {
        if (key === 'slow') await other.promise;
        else other.open();
        heard.record(key);
      });
      await member.start();

      await member.queue.deferAll(
        ['slow', 'slow', 'fast'].map((key) => [Text, key, { orderingKey: key }]),
      );

      expect(await heard.count(3)).toEqual(['fast', 'slow', 'slow']);
    },
  },
  {
    title: 'Q6 order is kept across a retry: the others of the key wait for a message that failed',
    needs: ['onRetry: block'],
    async run(world) {
      const member = world.member({
        concurrency: 4,
        attempts: 3,
        backoff: QUICK,
        onRetry: 'block',
      });
      const heard = new Recorder<string>();
      let failures = 2;
      member.handle(Text, async (text: string) => {
        if (text === 'a1' && failures > 0) {
          failures -= 1;
          throw new Error('not yet');
        }
        heard.record(text);
      });
      await member.start();

      await member.queue.deferAll(
        ['a1', 'a2', 'a3', 'b1'].map((text) => [Text, text, { orderingKey: text.slice(0, 1) }]),
      );
      const done = await heard.count(4);

      expect(done.filter((text) => text.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
      expect(done[0]).toBe('b1');
    },
  },
  {
    title: 'Q6 Q3 order is kept across a retry in the middle of many of one key',
    needs: ['onRetry: block'],
    async run(world) {
      const member = world.member({
        concurrency: 8,
        attempts: 3,
        backoff: QUICK,
        onRetry: 'block',
      });
      const heard = new Recorder<[number, number | undefined]>();
      const failing = new Set([7, 8, 20]);
      member.handle(Job, async (number: number, { message }: Delivery) => {
        if (failing.delete(number)) throw new Error('not yet');
        heard.record([number, message?.attempt]);
      });
      await member.start();
      const numbers = Array.from({ length: 30 }, (_, number) => number);

      await member.queue.deferAll(numbers.map((number) => [Job, number, { orderingKey: 'one' }]));

      // Those behind one that failed have lost no attempt by it.
      const attempts = new Map([7, 8, 20].map((number) => [number, 2]));
      expect(await heard.count(30)).toEqual(
        numbers.map((number) => [number, attempts.get(number) ?? 1]),
      );
    },
  },
  {
    title:
      'Q6 Q3 a stop in the middle of many of one key leaves the others to the next worker, in order',
    needs: ['orderingKey: everywhere', 'crossProcess'],
    async run(world) {
      const heard = new Recorder<[number, number | undefined]>();
      let ending: Promise<void> | undefined;
      const worker = (hear: (number: number) => void) => {
        const member = world.member({ concurrency: 8, attempts: 3 });
        member.handle(
          Job,
          async (number: number, { message }: Delivery) => {
            hear(number);
            heard.record([number, message?.attempt]);
          },
          { id: 'shared' },
        );
        return member;
      };
      const first = worker((number) => {
        if (number === 12) ending = first.stop();
      });
      const second = worker(() => undefined);
      await first.start();
      const numbers = Array.from({ length: 40 }, (_, number) => number);

      await first.queue.deferAll(numbers.map((number) => [Job, number, { orderingKey: 'one' }]));
      await heard.until(() => ending !== undefined);
      await ending;
      await second.start();

      expect(await heard.count(40)).toEqual(numbers.map((number) => [number, 1]));
    },
  },
  {
    title: 'Q6 Q7 what waits behind a slow one of its key can be taken back',
    needs: ['orderingKey', 'cancel'],
    async run(world) {
      const member = world.member({ concurrency: 8 });
      const heard = new Recorder<number>();
      const gate = new Gate();
      member.handle(Job, async (number: number) => {
        heard.record(number);
        if (number === 5) await gate.promise;
      });
      await member.start();
      const numbers = Array.from({ length: 12 }, (_, number) => number);
      const sent = await member.queue.deferAll(
        numbers.map((number) => [Job, number, { orderingKey: 'one' }]),
      );
      await heard.count(6);

      // A worker may have it in hand for a moment yet.
      await eventually(() => member.queue.cancel(sent[8]?.id ?? '', JOBS));
      gate.open();

      expect(await heard.count(11)).toEqual(numbers.filter((number) => number !== 8));
    },
  },
  {
    title: 'Q6 a message that was given up no longer holds up its key',
    needs: ['onRetry: block'],
    async run(world) {
      const member = world.member({ attempts: 2, backoff: QUICK, onRetry: 'block' });
      const heard = new Recorder<string>();
      member.handle(Text, async (text: string) => {
        if (text === 'a1') throw new Error('never');
        heard.record(text);
      });
      await member.start();

      await member.queue.deferAll(['a1', 'a2'].map((text) => [Text, text, { orderingKey: 'a' }]));

      expect(await heard.count(1)).toEqual(['a2']);
    },
  },
  {
    title: 'Q6 a message that failed lets the others of its key pass, where that is asked for',
    needs: ['onRetry: pass'],
    async run(world) {
      const member = world.member({
        attempts: 3,
        backoff: { delay: 300, jitter: 0 },
        onRetry: 'pass',
      });
      const heard = new Recorder<string>();
      let failed = false;
      member.handle(Text, async (text: string) => {
        if (text === 'a1' && !failed) {
          failed = true;
          throw new Error('not yet');
        }
        heard.record(text);
      });
      await member.start();

      await member.queue.deferAll(
        ['a1', 'a2', 'a3'].map((text) => [Text, text, { orderingKey: 'a' }]),
      );

      expect(await heard.count(3)).toEqual(['a2', 'a3', 'a1']);
    },
  },
  {
    title: 'Q7 refuses by name an ordering key that the engine does not have',
    needs: ['no orderingKey'],
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);

      await expect(member.queue.defer(Job, 1, { orderingKey: 'a' })).rejects.toMatchObject({
        code: 'CAR7012',
      });
    },
  },
];
