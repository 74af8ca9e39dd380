/** Cases: an engine that goes away and comes back. */
import { Heard } from '../bus-member.js';
import { eventually, JOBS } from '../queue-member.js';
import type { QueueWorld } from '../queue-provider.js';
import { expect, type SuiteCase } from '../suite.js';
import { Job } from './events.js';

export const faultCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'Q9 is connected and works again after every connection was cut',
    needs: ['faults'],
    async run(world) {
      const [member, publisher] = [world.member(), world.undisturbed()];
      const heard = new Heard<number>();
      member.handle(Job, heard.hear, { id: 'worker' });
      await member.start();
      await publisher.queue.defer(Job, 1, { queue: JOBS });
      await heard.count(1);

      await world.faults.cut();
      await publisher.queue.defer(Job, 2, { queue: JOBS });
      await world.faults.mend();

      await heard.until(() => heard.items.includes(2));
      expect([...new Set(heard.items)]).toEqual([1, 2]);
    },
  },
  {
    title: 'Q9 what is deferred while the engine is away is accepted and done, or its caller is told',
    needs: ['faults'],
    async run(world) {
      const [cut, worker] = [world.member(), world.undisturbed()];
      const heard = new Heard<number>();
      worker.handle(Job, heard.hear, { id: 'worker' });
      await worker.start();
      await cut.queue.defer(Job, 0, { queue: JOBS });
      await world.faults.cut();

      const deferred = [1, 2, 3].map(async (number) => {
        try {
          await cut.queue.defer(Job, number, { queue: JOBS });
          return number;
        } catch {
          return;
        }
      });
      await world.faults.mend();
      const accepted = (await Promise.all(deferred)).filter((number) => number !== undefined);
      await heard.until(() => accepted.every((number) => heard.items.includes(number)));

      expect(accepted.filter((number) => !heard.items.includes(number))).toEqual([]);
    },
  },
  {
    title: 'Q9 a defer is rejected in its time when the connection goes silent',
    needs: ['faults'],
    async run(world) {
      const member = world.member();
      await member.queue.defer(Job, 1, { queue: JOBS });
      await world.faults.silence();

      const refusal = await member.queue.defer(Job, 2, { queue: JOBS }).then(
        () => undefined,
        (error: unknown) => error,
      );

      expect(refusal).toBeInstanceOf(Error);
    },
  },
  {
    title: 'Q9 works on after the connection was silent in the middle of a message: it is done, or comes again',
    needs: ['faults'],
    async run(world) {
      const member = world.member({ attempts: 5, backoff: { delay: 50, jitter: 0 } });
      const publisher = world.undisturbed();
      const heard = new Heard<number>();
      let isFirst = true;
      member.handle(
        Job,
        async (number: number) => {
          if (isFirst) {
            isFirst = false;
            await world.faults.silence();
          }
          heard.hear(number);
        },
        { id: 'worker' },
      );
      await member.start();
      await publisher.queue.defer(Job, 1, { queue: JOBS });
      await heard.count(1);
      await world.faults.mend();
      await publisher.queue.defer(Job, 2, { queue: JOBS });

      await heard.until(() => heard.items.includes(2));
      await eventually(async () => {
        const { waiting, active, delayed } = await publisher.queue.counts(JOBS);
        return waiting + active + delayed === 0;
      });

      expect([...new Set(heard.items)].sort()).toEqual([1, 2]);
    },
  },
  {
    title: 'L16 a start without the engine fails, leaves nothing behind, and succeeds once it is there',
    needs: ['faults'],
    async run(world) {
      const member = world.member();
      const heard = new Heard<number>();
      member.handle(Job, heard.hear);
      await world.faults.cut();

      await expect(member.start()).rejects.toMatchObject({ code: 'CAR5018' });
      await world.faults.mend();
      await member.start();
      await member.queue.defer(Job, 1);

      expect(await heard.count(1)).toEqual([1]);
    },
  },
  {
    title: 'the end comes in time with the engine down',
    needs: ['faults'],
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);
      await member.start();
      await world.faults.cut();

      await member.stop();

      expect(member.scope.state).toBe('ended');
    },
  },
  {
    title: 'the end comes in time with the engine silent',
    needs: ['faults'],
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);
      await member.start();
      await world.faults.silence();

      await member.stop();

      expect(member.scope.state).toBe('ended');
    },
  },
];
