/** Cases: what is done about dead letters. */
import type { DeadLetters } from '../../queue/dead-letters.js';
import { JOBS, type QueueMember } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Recorder } from '../waiting.js';
import { Job, Text } from './events.js';

export const letterCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title:
      'Q3 dead letters are listed, the oldest first, and filtered by time, event, handler and error',
    needs: ['deadLetters'],
    async run(world) {
      const { member, letters } = await withLetters(world, [1, 2], ['a']);
      const all = await letters.list();
      const later = new Date(Date.now() + 3_600_000);

      const counts = await Promise.all([
        letters.count(),
        letters.count({ event: 'compliance.job' }),
        letters.count({ handler: 'handler-2' }),
        letters.count({ error: 'TypeError' }),
        letters.count({ error: 'no ink for 1' }),
        letters.count({ reason: 'expired' }),
        letters.count({ before: later }),
        letters.count({ since: later }),
      ]);

      expect(counts).toEqual([3, 2, 1, 1, 1, 0, 3, 0]);
      expect(all.map(({ failure }) => failure.message)).toEqual([
        'no ink for 1',
        'no ink for 2',
        'no text a',
      ]);
      expect((await letters.list({ limit: 2 })).map(({ id }) => id)).toEqual(
        all.slice(0, 2).map(({ id }) => id),
      );
      expect((await member.queue.counts(JOBS)).dead).toBe(3);
    },
  },
  {
    title: 'Q3 a dead letter is looked into',
    needs: ['deadLetters'],
    async run(world) {
      const { letters } = await withLetters(world, [7], []);
      const [letter] = await letters.list();

      const inspected = await letters.inspect(letter?.id as string);

      expect(inspected).toMatchObject({
        payload: 7,
        event: 'compliance.job',
        handler: 'handler-1',
        attempt: 1,
      });
      await expect(letters.inspect('nobody')).rejects.toMatchObject({ code: 'CAR5014' });
    },
  },
  {
    title: 'Q3 a dead letter is sent again, and done with no attempt counted',
    needs: ['deadLetters'],
    async run(world) {
      const { letters, done, mend } = await withLetters(world, [1, 2], []);
      const [first] = await letters.list();
      mend();

      const sent = await letters.retry(first?.id as string);

      expect(sent).toBe(1);
      expect(await done.count(1)).toEqual([1]);
      expect(await letters.count()).toBe(1);
    },
  },
  {
    title: 'Q3 many dead letters are sent again by a filter',
    needs: ['deadLetters'],
    async run(world) {
      const { letters, done, mend } = await withLetters(world, [1, 2, 3], ['a']);
      mend();

      const sent = await letters.retry({ event: 'compliance.job' });

      expect(sent).toBe(3);
      expect([...(await done.count(3))].sort()).toEqual([1, 2, 3]);
      expect(await letters.count()).toBe(1);
    },
  },
  {
    title: 'Q3 a dead letter is edited and sent again',
    needs: ['deadLetters'],
    async run(world) {
      const { letters, done, mend } = await withLetters(world, [1], []);
      const [letter] = await letters.list();
      mend();

      await letters.edit(letter?.id as string, 42);
      await letters.retry(letter?.id as string);

      expect(await done.count(1)).toEqual([42]);
      await expect(letters.edit('nobody', 1)).rejects.toMatchObject({ code: 'CAR5014' });
    },
  },
  {
    title: 'Q3 dead letters are dropped',
    needs: ['deadLetters'],
    async run(world) {
      const { member, letters } = await withLetters(world, [1, 2], ['a']);
      const [first] = await letters.list();

      const dropped = [
        await letters.drop(first?.id as string),
        await letters.drop({ event: 'compliance.text' }),
      ];

      expect(dropped).toEqual([1, 1]);
      expect((await letters.list()).map(({ failure }) => failure.message)).toEqual([
        'no ink for 2',
      ]);
      expect((await member.queue.counts(JOBS)).dead).toBe(1);
    },
  },
  {
    title: 'Q30 of 300 dead letters none is left when they have been dropped',
    needs: ['deadLetters'],
    async run(world) {
      const { member, letters } = await withManyLetters(world);

      const odd = await letters.drop({ error: 'odd' });
      const left = [await letters.count({ error: 'odd' }), await letters.count()];
      const others = await letters.drop({});

      expect({ odd, others }).toEqual({ odd: MANY / 2, others: MANY / 2 });
      expect(left).toEqual([0, MANY / 2]);
      expect(await letters.list()).toEqual([]);
      expect((await member.queue.counts(JOBS)).dead).toBe(0);
    },
  },
  {
    title:
      'Q30 of 300 dead letters none is left when they have been sent again, and each is done once',
    needs: ['deadLetters'],
    async run(world) {
      const { member, letters, done, mend } = await withManyLetters(world);
      mend();

      const sent = await letters.retry({});
      const left = [await letters.count(), (await letters.list()).length];
      await done.count(MANY);
      await eventually(async () => {
        const { waiting, active, delayed } = await member.queue.counts(JOBS);
        return waiting + active + delayed === 0;
      });

      expect(sent).toBe(MANY);
      expect(left).toEqual([0, 0]);
      expect(done.items).toHaveLength(MANY);
      expect(new Set(done.items).size).toBe(MANY);
    },
  },
  {
    title: 'Q15 a dead letter is not sent again to a handler that nobody knows',
    needs: ['deadLetters', 'crossProcess'],
    async run(world) {
      await withLetters(world, [1], []);
      const other = world.member();
      other.handle(Job, () => undefined, { id: 'stranger' });

      const letters = other.queue.deadLetters(JOBS);

      await expect(letters.retry({})).rejects.toMatchObject({ code: 'CAR5016' });
      expect(await letters.count()).toBe(1);
    },
  },
  {
    title: 'Q7 refuses by name to list dead letters where the engine cannot',
    needs: ['no deadLetters'],
    async run(world) {
      const member = world.member();
      const ask = () => member.queue.deadLetters(JOBS);

      expect(ask).toThrow('CAR7010');
    },
  },
];

/** More than an engine answers for at once. */
const MANY = 300;

interface Bureau {
  readonly member: QueueMember;
  readonly letters: DeadLetters;
  /** What was done after {@link mend}. */
  readonly done: Recorder<number>;
  mend(): void;
}

/** A worker whose handlers have failed on those jobs and texts. */
async function withLetters(
  world: QueueWorld,
  jobs: readonly number[],
  texts: readonly string[],
): Promise<Bureau> {
  const member = world.member({ attempts: 1 });
  const done = new Recorder<number>();
  let isBroken = true;
  member.handle(Job, (number: number) => {
    if (isBroken) throw new Error(`no ink for ${number}`);
    done.record(number);
  });
  member.handle(Text, (text: string) => {
    throw new TypeError(`no text ${text}`);
  });
  await member.start();
  const letters = member.queue.deadLetters(JOBS);
  let count = 0;
  for (const [event, payload] of [
    ...jobs.map((job) => [Job, job] as const),
    ...texts.map((text) => [Text, text] as const),
  ]) {
    await member.queue.deferAll([[event, payload]]);
    count += 1;
    const wanted = count;
    await eventually(async () => (await letters.count()) === wanted);
  }
  return {
    member,
    letters,
    done,
    mend: () => {
      isBroken = false;
    },
  };
}

/** A worker that has failed on many jobs at once. */
async function withManyLetters(world: QueueWorld): Promise<Bureau> {
  const member = world.member({ attempts: 1, concurrency: 100 });
  const done = new Recorder<number>();
  let isBroken = true;
  member.handle(Job, async (number: number) => {
    if (isBroken) throw new Error(number % 2 === 0 ? 'even' : 'odd');
    done.record(number);
  });
  await member.start();
  const letters = member.queue.deadLetters(JOBS);
  await member.queue.deferAll(Array.from({ length: MANY }, (_, number) => [Job, number]));
  await eventually(async () => (await letters.count()) === MANY);
  return {
    member,
    letters,
    done,
    mend: () => {
      isBroken = false;
    },
  };
}
