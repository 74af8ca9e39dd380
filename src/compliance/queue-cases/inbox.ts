/** Cases: what is accepted once, done once, and only if a transaction commits. */
import { JOBS } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Gate, lasting, Recorder } from '../waiting.js';
import { Job, Text } from './events.js';

export const inboxCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title:
      'Q5 a duplicate id is accepted once while it is remembered, also after the message was done',
    needs: ['dedup'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await member.start();

      const first = await member.queue.defer(Job, 1, { dedup: 'order-1' });
      await heard.count(1);
      const second = await member.queue.defer(Job, 2, { dedup: 'order-1' });
      await member.queue.defer(Job, 3, { dedup: 'order-3' });

      expect([first, second].map(({ messages }) => messages[0]?.result)).toEqual([
        'accepted',
        'duplicate',
      ]);
      expect(await heard.count(2)).toEqual([1, 3]);
    },
  },
  {
    title: 'Q5 a duplicate within one batch is accepted once',
    needs: ['dedup'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await member.start();

      const receipts = await member.queue.deferAll([
        [Job, 1, { dedup: 'same' }],
        [Job, 2, { dedup: 'same' }],
        [Job, 3],
      ]);

      expect(receipts.map(({ messages }) => messages[0]?.result)).toEqual([
        'accepted',
        'duplicate',
        'accepted',
      ]);
      expect(await heard.count(2)).toEqual([1, 3]);
    },
  },
  {
    title: 'Q5 the same id for two handlers is done by both',
    needs: ['dedup'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      member.handle(Job, () => heard.record('first'));
      member.handle(Job, () => heard.record('second'));
      await member.start();

      await member.queue.defer(Job, 1, { dedup: 'order-1' });

      expect([...(await heard.count(2))].sort()).toEqual(['first', 'second']);
    },
  },
  {
    title: 'Q5 an id is accepted again when it is not remembered any more',
    needs: ['dedup'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await member.start();
      await member.queue.defer(Job, 1, { dedup: { id: 'order-1', window: 200 } });

      await eventually(async () => {
        const { messages } = await member.queue.defer(Job, 2, {
          dedup: { id: 'order-1', window: 200 },
        });
        return messages[0]?.result === 'accepted';
      });

      expect(await heard.count(2)).toEqual([1, 2]);
    },
  },
  {
    title: 'Q34 an id is remembered for as long as its first message is delayed',
    needs: ['dedup', 'delay'],
    async run(world) {
      const member = world.member();
      const ask = async () =>
        (
          await member.queue.defer(Job, 1, {
            queue: JOBS,
            delay: '10m',
            dedup: { id: 'order-1', window: 50 },
          })
        ).messages[0]?.result;
      const first = await ask();
      await lasting(200);

      expect({ first, ask: await ask() }).toEqual({ first: 'accepted', ask: 'duplicate' });
    },
  },
  {
    title: 'Q34 an id is remembered beyond its window for as long as its first message waits',
    needs: ['dedup'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      const ask = async (number: number) =>
        (await member.queue.defer(Job, number, { dedup: { id: 'order-1', window: 50 } }))
          .messages[0]?.result;
      const first = await ask(1);
      await lasting(200);
      const second = await ask(2);
      await member.start();
      await heard.count(1);
      await eventually(async () => (await ask(3)) === 'accepted');

      expect({ first, second }).toEqual({ first: 'accepted', second: 'duplicate' });
      expect(await heard.count(2)).toEqual([1, 3]);
    },
  },
  {
    title: 'Q34 an id is remembered beyond its window also when its message is due, and waits',
    needs: ['dedup', 'delay'],
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);
      await member.start();
      member.queue.pause(JOBS);
      const ask = async () =>
        (await member.queue.defer(Job, 1, { delay: 50, dedup: { id: 'order-1', window: 50 } }))
          .messages[0]?.result;
      const first = await ask();
      await lasting(500);

      expect({ first, ask: await ask() }).toEqual({ first: 'accepted', ask: 'duplicate' });
    },
  },
  {
    title: 'Q5 an idempotent handler does a message once that comes twice, each handler for itself',
    needs: ['inbox'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      member.handle(Text, (text: string) => heard.record(`first ${text}`), { idempotent: true });
      member.handle(Text, (text: string) => heard.record(`second ${text}`), { idempotent: true });
      await member.start();

      await member.queue.defer(Text, 'a', { id: 'message-1' });
      await heard.count(2);
      await member.queue.defer(Text, 'again', { id: 'message-1' });
      await member.queue.defer(Text, 'b', { id: 'message-2' });

      expect([...(await heard.count(4))].sort()).toEqual([
        'first a',
        'first b',
        'second a',
        'second b',
      ]);
    },
  },
  {
    title: 'Q5 an idempotent handler that failed is run again',
    needs: ['inbox'],
    async run(world) {
      const member = world.member({ attempts: 2, backoff: { delay: 10, jitter: 0 } });
      const heard = new Recorder<number>();
      member.handle(
        Job,
        (number: number) => {
          heard.record(number);
          if (heard.items.length === 1) throw new Error('not yet');
        },
        { idempotent: true },
      );
      await member.start();

      await member.queue.defer(Job, 7);

      expect(await heard.count(2)).toEqual([7, 7]);
    },
  },
  {
    title: 'Q7 refuses by name an idempotent handler where there is no inbox',
    needs: ['no inbox'],
    async run(world) {
      const member = world.member();
      const wire = () => member.handle(Job, () => undefined, { idempotent: true });

      expect(wire).toThrow('CAR7010');
    },
  },
  {
    title: 'Q7 refuses by name a deduplication id that the engine does not remember',
    needs: ['no dedup'],
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);

      await expect(member.queue.defer(Job, 1, { dedup: 'a' })).rejects.toMatchObject({
        code: 'CAR7012',
      });
    },
  },
  {
    title: 'Q7 refuses a transaction by name if it has none',
    needs: ['no transactions'],
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);

      await expect(member.queue.within({}).defer(Job, 1)).rejects.toMatchObject({
        code: 'CAR7010',
      });
    },
  },
  {
    title:
      'Q12 nothing leaves a transaction that is rolled back; what commits leaves once, in order',
    needs: ['transactions'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      const { engine } = world;
      member.handle(Job, heard.record);
      await member.start();

      const rolledBack = engine.transaction?.(async (transaction) => {
        await member.queue.within(transaction).defer(Job, 1);
        throw new Error('roll back');
      });
      await expect(rolledBack).rejects.toMatchObject({ message: 'roll back' });
      await engine.transaction?.(async (transaction) => {
        await member.queue.within(transaction).defer(Job, 2);
        await member.queue.within(transaction).deferAll([
          [Job, 3],
          [Job, 4],
        ]);
      });
      await heard.count(3);
      await eventually(async () => (await member.queue.counts(JOBS)).active === 0);

      expect(heard.items).toEqual([2, 3, 4]);
    },
  },
  {
    title: 'Q12 a message of a transaction is not done before the commit',
    needs: ['transactions'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await member.start();
      let before: number | undefined;

      await world.engine.transaction?.(async (transaction) => {
        await member.queue.within(transaction).defer(Job, 1);
        await member.queue.defer(Job, 2);
        await heard.count(1);
        before = heard.items[0];
      });

      expect(before).toBe(2);
      expect(await heard.count(2)).toEqual([2, 1]);
    },
  },
  {
    title:
      'Q12 of two transactions at once, one that is rolled back takes nothing of the other with it',
    needs: ['transactions'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      const stored = new Gate();
      const { engine } = world;
      member.handle(Job, heard.record);
      await member.start();

      const rolledBack = engine.transaction?.(async (transaction) => {
        await member.queue.within(transaction).defer(Job, 1);
        await stored.promise;
        throw new Error('roll back');
      });
      const refused = expect(rolledBack).rejects.toMatchObject({ message: 'roll back' });
      await engine.transaction?.(async (transaction) => {
        await member.queue.within(transaction).defer(Job, 2);
        stored.open();
      });
      await refused;
      await member.queue.defer(Job, 3);

      expect([...(await heard.count(2))].sort()).toEqual([2, 3]);
    },
  },
  {
    title: 'Q12 what a nested transaction has deferred goes with it when that alone is rolled back',
    needs: ['transactions', 'nestedTransactions'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      const { engine } = world;
      member.handle(Job, heard.record);
      await member.start();

      await engine.transaction?.(async (transaction) => {
        await member.queue.within(transaction).defer(Job, 1);
        const inner = engine.nested?.(transaction, async () => {
          await member.queue.within(transaction).defer(Job, 2);
          throw new Error('roll back');
        });
        await expect(inner).rejects.toMatchObject({ message: 'roll back' });
        await engine.nested?.(transaction, async () => {
          await member.queue.within(transaction).defer(Job, 3);
        });
      });

      expect(await heard.count(2)).toEqual([1, 3]);
    },
  },
  {
    title: 'Q12 messages of one key keep their order through transactions',
    needs: ['transactions', 'orderingKey'],
    async run(world) {
      const member = world.member({ concurrency: 4 });
      const heard = new Recorder<number>();
      member.handle(Job, async (number: number) => heard.record(number));
      await member.start();
      const numbers = Array.from({ length: 12 }, (_, number) => number);

      for (let number = 0; number < 12; number += 3) {
        await world.engine.transaction?.(async (transaction) => {
          const queue = member.queue.within(transaction);
          for (const step of [0, 1, 2])
            await queue.defer(Job, number + step, { orderingKey: 'one' });
        });
      }

      expect(await heard.count(12)).toEqual(numbers);
    },
  },
];
