/** Cases: when a message is due, and when it is too late. */
import { JOBS, type QueueMember } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Gate, lasting, OTHER_CLOCK, Recorder, stopwatch } from '../waiting.js';
import { Job } from './events.js';

export const timeCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'Q7 a delayed message is not early, and lets others pass',
    needs: ['delay'],
    async run(world) {
      const member = world.member();
      const [heard, times] = [new Recorder<number>(), new Recorder<number>()];
      const passed = stopwatch();
      member.handle(Job, (number: number) => {
        if (number === 2) times.record(passed());
        heard.record(number);
      });
      await member.start();

      await member.queue.defer(Job, 1, { delay: 3_600_000 });
      const begun = passed();
      await member.queue.defer(Job, 2, { delay: 300 });
      await member.queue.defer(Job, 3);
      const [time = 0] = await times.count(1);
      await heard.count(2);

      expect([...heard.items].sort()).toEqual([2, 3]);
      expect(time - begun >= 300 - OTHER_CLOCK).toBe(true);
    },
  },
  {
    title: 'a delay in the past is now',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await member.start();

      await member.queue.defer(Job, 1, { delay: -60_000 });

      expect(await heard.count(1)).toEqual([1]);
    },
  },
  {
    title: 'what was cancelled does not come',
    needs: ['delay', 'cancel'],
    async run(world) {
      const { member, heard, release } = await withBusyWorker(world);
      const { id } = await member.queue.defer(Job, 1, { delay: 50 });
      await member.queue.defer(Job, 2, { delay: 100 });

      const cancelled = await member.queue.cancel(id, JOBS);
      const again = await member.queue.cancel(id, JOBS);
      release();
      await heard.count(2);
      await eventually(async () => {
        const { waiting, delayed, active } = await member.queue.counts(JOBS);
        return waiting + delayed + active === 0;
      });

      expect({ cancelled, again }).toEqual({ cancelled: true, again: false });
      expect(heard.items).toEqual([0, 2]);
    },
  },
  {
    title: 'a rescheduled message comes when it is due again',
    needs: ['delay', 'reschedule'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await member.start();
      const { id } = await member.queue.defer(Job, 1, { delay: 3_600_000 });

      const found = await member.queue.reschedule(id, 0, JOBS);

      expect(found).toBe(true);
      expect(await heard.count(1)).toEqual([1]);
    },
  },
  {
    title: 'what was rescheduled to later is not early',
    needs: ['delay', 'reschedule'],
    async run(world) {
      const { member, heard, release } = await withBusyWorker(world);
      const { id } = await member.queue.defer(Job, 1, { delay: 50 });

      const passed = stopwatch();
      const found = await member.queue.reschedule(id, 500, JOBS);
      release();
      await heard.count(2);

      expect(found).toBe(true);
      expect(heard.items).toEqual([0, 1]);
      expect(passed() >= 500 - OTHER_CLOCK).toBe(true);
    },
  },
  {
    title: 'Q1 a delayed message survives a restart, and is not early',
    needs: ['delay', 'crossProcess'],
    async run(world) {
      const [before, after] = [world.member(), world.member()];
      const heard = new Recorder<number>();
      // On a slow machine it is due before the first one has stopped.
      for (const member of [before, after]) member.handle(Job, heard.record, { id: 'worker' });
      await before.start();
      const passed = stopwatch();
      await before.queue.defer(Job, 7, { delay: 400 });
      await before.stop();

      await after.start();
      await heard.count(1);

      expect(heard.items).toEqual([7]);
      expect(passed() >= 400 - OTHER_CLOCK).toBe(true);
    },
  },
  {
    title: 'Q7 what has a time to live is not begun after it, but is a dead letter',
    needs: ['ttl', 'deadLetters'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await member.queue.defer(Job, 1, { ttl: 30 });
      await member.queue.defer(Job, 2, { ttl: 3_600_000 });
      await lasting(200);

      await member.start();
      await heard.count(1);
      await eventually(async () => (await member.queue.deadLetters(JOBS).count()) === 1);
      const [letter] = await member.queue.deadLetters(JOBS).list();

      expect(heard.items).toEqual([2]);
      expect(letter).toMatchObject({ reason: 'expired', failure: { code: 'CAR5010' } });
    },
  },
  {
    title: 'Q7 what has a higher priority comes first',
    needs: ['priority'],
    async run(world) {
      const { member, heard, release } = await withBusyWorker(world);

      await member.queue.defer(Job, 1, { priority: -5 });
      await member.queue.defer(Job, 2);
      await member.queue.defer(Job, 3, { priority: 5 });
      await member.queue.defer(Job, 4, { priority: 10 });
      release();

      expect(await heard.count(5)).toEqual([0, 4, 3, 2, 1]);
    },
  },
  {
    title: 'Q7 begins no more than its rate limit allows',
    needs: ['rateLimit'],
    async run(world) {
      const member = world.member({ concurrency: 10, rateLimit: { max: 2, per: 300 } });
      const times = new Recorder<number>();
      const passed = stopwatch();
      member.handle(Job, () => times.record(passed()));
      await member.start();

      const begun = passed();
      await member.queue.deferAll([1, 2, 3, 4, 5].map((number) => [Job, number]));
      const fifth = (await times.count(5))[4] as number;

      // Two in any 300 ms: the third is that much later than the call, at a fixed window the fifth.
      expect(fifth - begun >= 300 - OTHER_CLOCK).toBe(true);
    },
  },
  {
    title: 'Q7 refuses by name a delay that the engine does not have',
    needs: ['no delay'],
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);

      await expect(member.queue.defer(Job, 1, { delay: 10 })).rejects.toMatchObject({
        code: 'CAR7012',
      });
    },
  },
  {
    title: 'Q7 refuses by name a priority that the engine does not have',
    needs: ['no priority'],
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);

      await expect(member.queue.defer(Job, 1, { priority: 10 })).rejects.toMatchObject({
        code: 'CAR7012',
      });
    },
  },
  {
    title: 'Q7 refuses by name a time to live that the engine does not have',
    needs: ['no ttl'],
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);

      await expect(member.queue.defer(Job, 1, { ttl: 10 })).rejects.toMatchObject({
        code: 'CAR7012',
      });
    },
  },
  refusing('cancel', 'to take a message back', (member) => member.queue.cancel('any', JOBS)),
  refusing('reschedule', 'to make a message due at another time', (member) =>
    member.queue.reschedule('any', 0, JOBS),
  ),
  refusing('status', 'to tell the state of a message', (member) =>
    member.queue.status('any', JOBS),
  ),
  {
    title: 'Q7 refuses by name a rate limit that the engine does not have',
    needs: ['no rateLimit'],
    async run(world) {
      const configure = () => world.member({ rateLimit: { max: 1, per: 1000 } });

      expect(configure).toThrow('CAR7010');
    },
  },
  {
    title: 'Q7 refuses manual processing by name',
    needs: ['no manual'],
    async run(world) {
      const configure = () => world.member({ processing: 'manual' });

      expect(configure).toThrow('CAR7010');
    },
  },
];

/** A worker that has begun the message 0, and begins no other until it is released. */
async function withBusyWorker(world: QueueWorld) {
  const member = world.member();
  const heard = new Recorder<number>();
  const [busy, hold] = [new Gate(), new Gate()];
  member.handle(Job, async (number: number) => {
    heard.record(number);
    busy.open();
    if (number === 0) await hold.promise;
  });
  await member.start();
  await member.queue.defer(Job, 0);
  await busy.promise;
  return { member, heard, release: hold.open };
}

function refusing(
  capability: string,
  what: string,
  ask: (member: QueueMember) => Promise<unknown>,
): SuiteCase<QueueWorld> {
  return {
    title: `Q7 refuses by name ${what} where the engine cannot`,
    needs: [`no ${capability}`],
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);
      await member.start();

      await expect(ask(member)).rejects.toMatchObject({ code: 'CAR7010' });
    },
  };
}
