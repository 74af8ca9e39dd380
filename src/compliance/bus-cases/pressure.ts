/** Cases: subscribers that are slower than their messages come. */
import type { WhenFull } from '../../../decorators/when-full.js';
import type { BusMember } from '../bus-member.js';
import type { BusWorld } from '../bus-world.js';
import { turns } from '../open-handles.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Gate, Recorder } from '../waiting.js';

export const pressureCases: readonly SuiteCase<BusWorld>[] = [
  {
    title: 'Q10 a full subscriber stops fetching, recovers, and misses nothing',
    needs: ['whenFull: wait'],
    async run(world) {
      const [publisher, subscriber] = [world.member(), world.member()];
      const begun = new Recorder<number>();
      const finish: (() => void)[] = [];
      const slow = (number: unknown) => {
        begun.record(number as number);
        return new Promise<void>((resolve) => finish.push(resolve));
      };
      subscriber.bus.subscribe('bell', slow, { concurrency: 1, limit: 2, whenFull: 'wait' });
      await Promise.all([publisher.bus.start(), subscriber.bus.start()]);
      const numbers = Array.from({ length: 20 }, (_, number) => number);

      const published = Promise.all(numbers.map((number) => publisher.bus.publish('bell', number)));
      for (const number of numbers) {
        await begun.count(number + 1);
        expect(begun.items).toHaveLength(number + 1);
        finish[number]?.();
      }
      await published;

      expect(begun.items).toEqual(numbers);
    },
  },
  {
    title: 'Q24 a subscriber that ends with messages waiting is called no more, and reports them',
    async run(world) {
      const member = world.member();
      const [begun, handed] = [new Recorder<number>(), new Recorder()];
      const hold = new Gate();
      const slow = (number: unknown) => {
        begun.record(number as number);
        return hold.promise;
      };
      const off = member.bus.subscribe('bell', slow, { concurrency: 1, priority: 1 });
      member.bus.subscribe('bell', handed.record);
      await member.bus.start();
      for (let number = 0; number < 10; number += 1) await member.bus.publish('bell', number);
      await handed.count(10);

      off();
      hold.open();
      await member.bus.publish('bell', 10);
      await handed.count(11);

      expect(begun.items).toEqual([0]);
      expect(member.errors.map(({ code }) => code)).toEqual(['CAR5045']);
    },
  },
  {
    title:
      'Q36 a full member of a group takes no more than its bound: another member gets the others',
    needs: ['groups', 'whenFull: wait'],
    async run(world) {
      const [full, free] = [world.member(), world.member()];
      const [begun, done] = [new Recorder<number>(), new Recorder<number>()];
      const hold = new Gate();
      const slow = (number: unknown) => {
        begun.record(number as number);
        return hold.promise;
      };
      const bound = { concurrency: 2, limit: 3, whenFull: 'wait' } as const;
      full.bus.subscribe('bell', slow, { group: 'mailers', ...bound });
      await full.bus.start();
      const published = publishAll(full.bus, 30);
      await begun.count(2);
      free.bus.subscribe('bell', (number) => done.record(number as number), {
        group: 'mailers',
        ...bound,
      });
      await free.bus.start();
      await done.count(30 - 5);

      const taken = begun.items.length;
      hold.open();
      await published;
      await eventually(() => begun.items.length + done.items.length >= 30);

      expect(taken).toBe(2);
      expect(new Set([...begun.items, ...done.items]).size).toBe(30);
    },
  },
  dropping('drop-oldest', [0, 8, 9]),
  dropping('drop-newest', [0, 1, 2]),
  bounded('drop-oldest', [0, 8, 9]),
  bounded('drop-newest', [0, 1, 2]),
];

async function publishAll(bus: BusMember['bus'], count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  await Promise.all(numbers.map((number) => bus.publish('bell', number)));
}

/** The bound of a member of a group is that of a subscriber without one. */
function bounded(whenFull: WhenFull, expected: readonly number[]): SuiteCase<BusWorld> {
  return {
    title: `Q36 a full member of a group loses messages by ${whenFull}, and tells it`,
    needs: ['groups', `whenFull: ${whenFull}`],
    async run(world) {
      const delivered = new Recorder();
      const member = world.watched(delivered.record);
      const begun = new Recorder<number>();
      const finish: (() => void)[] = [];
      const slow = (number: unknown) => {
        begun.record(number as number);
        return new Promise<void>((resolve) => finish.push(resolve));
      };
      member.bus.subscribe('bell', slow, { group: 'mailers', concurrency: 1, limit: 2, whenFull });
      await member.bus.start();

      for (let number = 0; number < 10; number += 1) await member.bus.publish('bell', number);
      await delivered.count(10);
      await turns(10);
      for (let index = 0; index < expected.length; index += 1) {
        await begun.count(index + 1);
        finish[index]?.();
      }

      expect(begun.items).toEqual(expected);
      expect(member.errors.map(({ code }) => code)).toEqual(['CAR5038']);
    },
  };
}

function dropping(whenFull: WhenFull, expected: readonly number[]): SuiteCase<BusWorld> {
  return {
    title: `Q10 a full subscriber loses messages by ${whenFull}, and tells it`,
    needs: [`whenFull: ${whenFull}`],
    async run(world) {
      const member = world.member();
      const [handed, begun] = [new Recorder(), new Recorder<number>()];
      const finish: (() => void)[] = [];
      const slow = (number: unknown) => {
        begun.record(number as number);
        return new Promise<void>((resolve) => finish.push(resolve));
      };
      member.bus.subscribe('bell', slow, { concurrency: 1, limit: 2, whenFull, priority: 1 });
      member.bus.subscribe('bell', handed.record, { whenFull });
      await member.bus.start();

      for (let number = 0; number < 10; number += 1) await member.bus.publish('bell', number);
      await handed.count(10);
      for (let index = 0; index < expected.length; index += 1) {
        await begun.count(index + 1);
        finish[index]?.();
      }

      expect(begun.items).toEqual(expected);
      expect(member.errors.map(({ code }) => code)).toEqual(['CAR5038']);
    },
  };
}
