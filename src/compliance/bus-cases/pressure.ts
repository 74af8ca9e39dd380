/** Cases: subscribers that are slower than their messages come. */
import type { WhenFull } from '../../../decorators/when-full.js';
import type { BusWorld } from '../bus-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Gate, Recorder } from '../waiting.js';

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
    title: 'Q24 a subscriber that ends with messages waiting is called no more, and tells of them',
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
  dropping('drop-oldest', [0, 8, 9]),
  dropping('drop-newest', [0, 1, 2]),
];

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
