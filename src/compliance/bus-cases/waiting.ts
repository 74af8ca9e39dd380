/** Cases: messages that wait in the buffer of a subscriber when its application ends. */
import type { BusMember } from '../bus-member.js';
import type { BusWorld } from '../bus-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Gate, Recorder } from '../waiting.js';

/** More than a subscriber without options has in progress at once, and fewer than it keeps. */
const MANY = 300;

/** A drain time that no slow machine exceeds. */
const PLENTY = 60_000;

const NUMBERS = Array.from({ length: MANY }, (_, number) => number);

export const waitingCases: readonly SuiteCase<BusWorld>[] = [
  {
    title: 'Q24 what waits for a subscriber is done before its application ends',
    async run(world) {
      const { first, done, hold } = await withWaiting(world, undefined);

      const ending = first.finish(PLENTY);
      hold.open();
      await ending;
      const next = world.member();
      next.bus.subscribe('bell', (number) => done.record(number as number));
      await next.bus.start();
      await next.bus.publish('bell', MANY);
      await done.count(MANY + 1);

      expect(sorted(done.items)).toEqual([...NUMBERS, MANY]);
      expect(first.errors).toEqual([]);
    },
  },
  {
    title: 'Q24 what waits for the only member of a group is done before its application ends',
    needs: ['groups'],
    async run(world) {
      const { first, done, hold } = await withWaiting(world, 'mailers');

      const ending = first.finish(PLENTY);
      hold.open();
      await ending;
      const next = world.member();
      next.bus.subscribe('bell', (number) => done.record(number as number), { group: 'mailers' });
      await next.bus.start();
      await next.bus.publish('bell', MANY);
      await done.count(MANY + 1);

      expect(sorted(done.items)).toEqual([...NUMBERS, MANY]);
      expect(first.errors).toEqual([]);
    },
  },
  {
    title:
      'Q24 what waits for the only member of a group when there is no time is done by the next application',
    needs: ['groups', 'redelivers', 'keepsForAbsent'],
    async run(world) {
      const { first, done, hold } = await withWaiting(world, 'mailers');

      const ending = first.finish(0);
      hold.open();
      await ending;
      const next = world.member();
      next.bus.subscribe('bell', (number) => done.record(number as number), { group: 'mailers' });
      await next.bus.start();
      await done.until(() => new Set(done.items).size === MANY);

      expect(sorted([...new Set(done.items)])).toEqual(NUMBERS);
      expect(first.errors).toEqual([]);
    },
  },
];

/** A subscriber without options that holds what it has begun; the others of its messages wait. */
async function withWaiting(world: BusWorld, group: string | undefined) {
  const first = world.member();
  const [done, handed] = [new Recorder<number>(), new Recorder()];
  const hold = new Gate();
  const slow = async (number: unknown) => {
    await hold.promise;
    done.record(number as number);
  };
  first.bus.subscribe('bell', slow, group === undefined ? {} : { group });
  first.bus.subscribe('bell', handed.record);
  await first.bus.start();
  await publishAll(first);
  await handed.count(MANY);
  return { first, done, hold };
}

async function publishAll({ bus }: BusMember): Promise<void> {
  await Promise.all(NUMBERS.map((number) => bus.publish('bell', number)));
}

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((one, other) => one - other);
}
