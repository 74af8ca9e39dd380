/** Cases: an engine that goes away and comes back. */
import type { BusWorld } from '../bus-world.js';
import { openHandles, turns } from '../open-handles.js';
import { expect, type SuiteCase } from '../suite.js';
import { lasting, Recorder } from '../waiting.js';

export const faultCases: readonly SuiteCase<BusWorld>[] = [
  {
    title: 'Q9 is connected and subscribed again after every connection was cut',
    needs: ['faults'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      for (const topic of ['bell', 'bell.*'])
        member.bus.subscribe(topic, (payload) => heard.record(payload as string));
      await member.bus.start();
      await member.bus.publish('bell', 'before');
      await heard.count(1);

      await world.faults.cut();
      await world.faults.mend();
      await arrives(member.bus, heard, 'bell');
      await arrives(member.bus, heard, 'bell.rang');

      expect(heard.items.includes('bell') && heard.items.includes('bell.rang')).toBe(true);
    },
  },
  {
    title: 'Q9 an event published while the engine is away is accepted, or its caller is told',
    needs: ['faults'],
    async run(world) {
      const [cut, observer] = [world.member(), world.undisturbed()];
      const heard = new Recorder<unknown>();
      observer.bus.subscribe('bell', heard.record);
      await Promise.all([cut.bus.start(), observer.bus.start()]);
      await world.faults.cut();

      const published = [1, 2, 3].map(async (number) => {
        try {
          await cut.bus.publish('bell', number);
          return number;
        } catch (error) {
          expect(error).toMatchObject({ code: 'CAR5046' });
          return;
        }
      });
      await world.faults.mend();
      const accepted = (await Promise.all(published)).filter((number) => number !== undefined);
      await heard.until(() => accepted.every((number) => heard.items.includes(number)));

      expect(accepted.filter((number) => !heard.items.includes(number))).toEqual([]);
    },
  },
  {
    title: 'Q9 what others publish while the engine is away arrives once it is back',
    needs: ['faults', 'keepsForAbsent'],
    async run(world) {
      const [cut, publisher] = [world.member(), world.undisturbed()];
      const heard = new Recorder<number>();
      cut.bus.subscribe('bell', (number) => heard.record(number as number));
      await Promise.all([cut.bus.start(), publisher.bus.start()]);
      await publisher.bus.publish('bell', 0);
      await heard.count(1);

      await world.faults.cut();
      for (const number of [1, 2, 3]) await publisher.bus.publish('bell', number);
      await world.faults.mend();
      await heard.until(() => heard.items.includes(3));

      expect([...new Set(heard.items)]).toEqual([0, 1, 2, 3]);
    },
  },
  {
    title: 'Q9 is subscribed again after the engine was away for five seconds',
    needs: ['faults'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      for (const topic of ['bell', 'bell.*'])
        member.bus.subscribe(topic, (payload) => heard.record(payload as string));
      await member.bus.start();
      await world.faults.cut();

      await lasting(5000);
      await world.faults.mend();
      await arrives(member.bus, heard, 'bell');
      await arrives(member.bus, heard, 'bell.rang');

      expect(new Set(heard.items)).toEqual(new Set(['bell', 'bell.rang']));
    },
  },
  {
    title: 'Q9 is subscribed again after the connection was silent and then broke',
    needs: ['faults'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      member.bus.subscribe('bell', (payload) => heard.record(payload as string));
      await member.bus.start();
      await world.faults.silence();

      await world.faults.cut();
      await world.faults.mend();
      await arrives(member.bus, heard, 'bell');

      expect(new Set(heard.items)).toEqual(new Set(['bell']));
    },
  },
  {
    title: 'Q9 a publish is rejected in its time when the connection goes silent',
    needs: ['faults'],
    async run(world) {
      const member = world.member({ acceptWithin: 4000 });
      await member.bus.start();
      await member.bus.publish('bell', 'before');
      await world.faults.silence();

      await expect(member.bus.publish('bell', 'lost')).rejects.toMatchObject({ code: 'CAR5046' });
    },
  },
  {
    title:
      'L16 a start without the engine fails, leaves nothing behind, and succeeds once it is there',
    needs: ['faults'],
    async run(world) {
      const member = world.member({ connectWithin: 4000 });
      const heard = new Recorder();
      member.bus.subscribe('bell', heard.record);
      await world.faults.cut();

      await expect(member.bus.start()).rejects.toMatchObject({ code: 'CAR5041' });
      await world.faults.mend();
      await member.bus.start();
      await member.bus.publish('bell', 1);

      expect(await heard.count(1)).toEqual([1]);
    },
  },
  {
    title: 'the end comes in time with the engine down',
    needs: ['faults'],
    async run(world) {
      const member = world.member();
      member.bus.subscribe('bell', () => undefined);
      await member.bus.start();
      await world.faults.cut();

      await member.stop();

      expect(member.scope.state).toBe('ended');
    },
  },
  {
    title: 'L17 the end leaves no open handle with the engine down',
    needs: ['faults'],
    async run(world) {
      // What the suite itself has open while the engine is down.
      await world.faults.cut();
      await turns(10);
      const before = openHandles();
      await world.faults.mend();
      const member = world.member();
      member.bus.subscribe('bell', () => undefined);
      await member.bus.start();
      await world.faults.cut();

      await member.stop();
      // A handle is gone only some turns after it was closed; one that stays lets this time out.
      while (openHandles() > before) await turns(1);

      expect(openHandles() > before).toBe(false);
    },
  },
  {
    title: 'the end comes in time with the engine silent',
    needs: ['faults'],
    async run(world) {
      const member = world.member();
      member.bus.subscribe('bell', () => undefined);
      await member.bus.start();
      await world.faults.silence();

      await member.stop();

      expect(member.scope.state).toBe('ended');
    },
  },
];

/** Publishes until it has been heard: how long a client takes to come back is its own affair. */
async function arrives(
  bus: { publish(topic: string, payload: unknown): Promise<void> },
  heard: Recorder<string>,
  topic: string,
): Promise<void> {
  while (!heard.items.includes(topic)) {
    await bus.publish(topic, topic).catch(() => undefined);
    await new Promise((resolve) =>
      (globalThis as unknown as { setTimeout(run: unknown, delay: number): void }).setTimeout(
        resolve,
        20,
      ),
    );
  }
}
