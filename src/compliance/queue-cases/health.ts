/** Cases: whether a worker is ready, and what it is told to do. */
import type { Delivery } from '../../../decorators/delivery.js';
import { JOBS } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Gate, Recorder } from '../waiting.js';
import { Job } from './events.js';

export const healthCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'is ready only once it is subscribed',
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);

      await expect(member.queue.ready()).rejects.toMatchObject({ code: 'CAR5019' });
      await member.start();

      await expect(member.queue.ready()).resolves.toBe(undefined);
    },
  },
  {
    title: 'is not ready while the engine is away',
    needs: ['faults'],
    async run(world) {
      const member = world.brief();
      member.handle(Job, () => undefined);
      await member.start();
      await world.faults.cut();

      const refusal = await member.queue.ready().then(
        () => undefined,
        (error: unknown) => error,
      );

      expect(refusal).toBeInstanceOf(Error);
    },
  },
  {
    title: 'begins nothing while it is paused, and goes on when it is resumed',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await member.start();
      await member.queue.defer(Job, 1);
      await heard.count(1);
      await eventually(async () => (await member.queue.counts(JOBS)).active === 0);

      member.queue.pause(JOBS);
      await member.queue.deferAll([2, 3].map((number) => [Job, number]));
      // What was on its way at the pause goes back first: behind the others, where an engine has no order of its own.
      await eventually(async () => {
        const { waiting, active } = await member.queue.counts(JOBS);
        return waiting + active === 2;
      });
      const before = [...heard.items];
      member.queue.resume(JOBS);

      const all = await heard.count(3);
      expect(world.capabilities.orderingKey === false ? [...all].sort() : all).toEqual([1, 2, 3]);
      expect(before).toEqual([1]);
    },
  },
  {
    title: 'counts messages that wait, are delayed, in progress and dead',
    needs: ['delay'],
    async run(world) {
      const member = world.member({ attempts: 1 });
      const begun = new Recorder<number>();
      const release = new Gate();
      member.handle(Job, async (number: number) => {
        if (number === 0) throw new Error('dead');
        begun.record(number);
        await release.promise;
      });
      await member.start();

      await member.queue.defer(Job, 0);
      await eventually(async () => (await member.queue.counts(JOBS)).dead === 1);
      await member.queue.deferAll([1, 2, 3].map((number) => [Job, number]));
      await member.queue.defer(Job, 4, { delay: 3_600_000 });
      await begun.count(1);
      const wanted = { waiting: 2, delayed: 1, active: 1, dead: 1 };
      await eventually(
        async () => JSON.stringify(await member.queue.counts(JOBS)) === JSON.stringify(wanted),
      );
      const counts = await member.queue.counts(JOBS);
      release.open();
      await begun.count(3);

      expect(counts).toEqual(wanted);
    },
  },
  {
    title: 'tells the state of a message, and what its handler says of its progress',
    needs: ['status', 'delay'],
    async run(world) {
      const member = world.member();
      const begun = new Recorder<number>();
      const release = new Gate();
      member.handle(Job, async (number: number, delivery: Delivery) => {
        delivery.progress(0.5);
        delivery.log('half of it');
        begun.record(number);
        await release.promise;
      });
      await member.start();
      const [now, later] = await member.queue.deferAll([
        [Job, 1],
        [Job, 2, { delay: 3_600_000 }],
      ]);
      const statusOf = (receipt: typeof now) => member.queue.status(receipt?.id ?? '', JOBS);
      await begun.count(1);

      await eventually(async () => {
        const status = await statusOf(now);
        return status?.progress === 0.5 && status.log.length === 1;
      });
      expect(await statusOf(now)).toMatchObject({
        state: 'active',
        attempt: 1,
        log: ['half of it'],
      });
      expect(await statusOf(later)).toMatchObject({ state: 'delayed', progress: 0 });
      release.open();
      await eventually(async () => (await statusOf(now))?.state === 'done');

      expect(await statusOf(now)).toMatchObject({ state: 'done', progress: 1 });
      expect(await member.queue.status('nobody', JOBS)).toBe(undefined);
    },
  },
  {
    title: 'a full worker stops fetching, and recovers',
    async run(world) {
      const member = world.member({ concurrency: 2 });
      const begun = new Recorder<number>();
      const release = new Gate();
      member.handle(Job, async (number: number) => {
        begun.record(number);
        if (number < 2) await release.promise;
      });
      await member.start();
      const numbers = Array.from({ length: 10 }, (_, number) => number);

      await member.queue.deferAll(numbers.map((number) => [Job, number]));
      await begun.count(2);
      const counts = await member.queue.counts(JOBS);
      release.open();
      await begun.count(10);

      expect(counts.active <= 2).toBe(true);
      expect([...begun.items].sort((a, b) => a - b)).toEqual(numbers);
    },
  },
];
