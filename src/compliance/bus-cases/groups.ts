/** Cases: groups of subscribers in several processes. */
import type { BusWorld } from '../bus-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Gate, Recorder } from '../waiting.js';
import { OrderPlaced, RushOrderPlaced } from './events.js';

export const groupCases: readonly SuiteCase<BusWorld>[] = [
  {
    title: 'Q10 competing members share: each message goes to one of them',
    needs: ['groups'],
    async run(world) {
      const members = [world.member(), world.member(), world.member()];
      const heard = new Recorder<string>();
      const begun = new Set<number>();
      const all = new Gate();
      // An engine that holds back gives a busy member no more than this; another one sends to whomever it likes.
      const few = world.capabilities.whenFull.includes('wait')
        ? { concurrency: 1, limit: 1, whenFull: 'wait' as const }
        : {};
      members.forEach(({ bus }, index) => {
        const take = async (number: unknown) => {
          begun.add(index);
          if (begun.size === members.length) all.open();
          await all.promise;
          heard.record(`${index}:${number}`);
        };
        bus.subscribe('bell', take, { group: 'mailers', ...few });
      });
      await Promise.all(members.map(({ bus }) => bus.start()));
      const publish = (from: number, to: number) =>
        Promise.all(
          Array.from({ length: to - from }, (_, step) =>
            members[0]?.bus.publish('bell', from + step),
          ),
        );

      await publish(0, 60);
      await heard.count(60);
      // Whatever came twice would have come by the end of these.
      await publish(60, 120);
      const done = await heard.count(120);

      expect(new Set(done.map((entry) => entry.split(':')[1])).size).toBe(120);
      expect(done).toHaveLength(120);
      expect(begun.size).toBe(3);
    },
  },
  {
    title: 'Q10 each group gets a copy, and so does each subscriber without one',
    needs: ['groups'],
    async run(world) {
      const [one, other] = [world.member(), world.member()];
      const [mailers, loggers, all] = [new Recorder(), new Recorder(), new Recorder()];
      for (const { bus } of [one, other]) {
        bus.subscribe('bell', mailers.record, { group: 'mailers' });
        bus.subscribe('bell', loggers.record, { group: 'loggers' });
        bus.subscribe('bell', all.record);
      }
      await Promise.all([one.bus.start(), other.bus.start()]);

      for (let number = 0; number < 20; number += 1) await one.bus.publish('bell', number);

      const numbers = Array.from({ length: 20 }, (_, number) => number);
      const sorted = (items: readonly unknown[]) =>
        [...items].sort((a, b) => Number(a) - Number(b));
      expect(sorted(await mailers.count(20))).toEqual(numbers);
      expect(sorted(await loggers.count(20))).toEqual(numbers);
      expect(sorted(await all.count(40))).toEqual(numbers.flatMap((number) => [number, number]));
    },
  },
  {
    title: 'Q10 members of one process take turns',
    needs: ['groups'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      for (const name of ['a', 'b'])
        member.bus.subscribe('bell', () => heard.record(name), { group: 'mailers' });
      await member.bus.start();

      for (let number = 0; number < 4; number += 1) await member.bus.publish('bell', number);

      expect([...(await heard.count(4))].sort()).toEqual(['a', 'a', 'b', 'b']);
    },
  },
  {
    title: 'Q10 a group may name a class, its base and a pattern',
    needs: ['groups'],
    async run(world) {
      const [one, other] = [world.member(), world.member()];
      const [orders, topics] = [new Recorder<OrderPlaced>(), new Recorder()];
      one.bus.subscribe(OrderPlaced, orders.record, { group: 'orders' });
      other.bus.subscribe(RushOrderPlaced, orders.record, { group: 'orders' });
      for (const { bus } of [one, other])
        bus.subscribe('bell.*', topics.record, { group: 'bells' });
      await Promise.all([one.bus.start(), other.bus.start()]);

      for (let number = 0; number < 10; number += 1) {
        await one.bus.publish(new RushOrderPlaced(String(number), number));
        await one.bus.publish('bell.rang', number);
      }
      await orders.count(10);
      await one.bus.publish(new OrderPlaced('last', 0));

      expect((await orders.count(11)).map(({ id }) => id).sort()).toEqual(
        [...'0123456789', 'last'].sort(),
      );
      expect([...(await topics.count(10))].sort()).toEqual([...new Array(10).keys()]);
    },
  },
  {
    title: 'Q10 L12 what waits for a member that ends goes to another, and is not lost',
    needs: ['groups', 'redelivers'],
    async run(world) {
      const [ending, staying] = [world.member(), world.member()];
      const heard = new Recorder<number>();
      const begun = new Recorder<number>();
      let finish: (() => void) | undefined;
      const hold = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const slow = async (number: unknown) => {
        begun.record(number as number);
        await hold;
        heard.record(number as number);
      };
      ending.bus.subscribe('bell', slow, { group: 'mailers', concurrency: 1, limit: 5 });
      await Promise.all([ending.bus.start(), staying.bus.start()]);
      for (let number = 0; number < 4; number += 1) await staying.bus.publish('bell', number);
      await begun.count(1);
      staying.bus.subscribe('bell', (number) => heard.record(number as number), {
        group: 'mailers',
      });
      await staying.bus.ready();

      const stopped = ending.stop();
      finish?.();
      await stopped;

      expect([...(await heard.count(4))].sort()).toEqual([0, 1, 2, 3]);
    },
  },
  {
    title: 'CAR7021: refuses a group when it is wired, by name',
    needs: ['no groups'],
    async run(world) {
      const member = world.member();
      const ring = () => undefined;
      let refusal: unknown;
      try {
        member.bus.subscribe('bell', ring, { group: 'mailers' });
      } catch (error) {
        refusal = error;
      }

      expect(refusal).toMatchObject({ code: 'CAR7021' });
      expect(
        (refusal as Error).message.includes('ring cannot subscribe: engine has no groups'),
      ).toBe(true);
    },
  },
];
