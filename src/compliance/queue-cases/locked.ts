/** Cases: a store that another program has locked. */
import { JOBS } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Gate, lasting, Recorder } from '../waiting.js';
import { Job } from './events.js';

/** So many times its patience a store is locked. */
const TIMES = 3;

export const lockedCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title:
      'Q25 Q26 outcomes of a busy worker while the store was locked are stored, and the worker goes on without help',
    needs: ['lock'],
    async run(world) {
      const reports: unknown[] = [];
      const member = world.brief({ concurrency: 2, attempts: 3 }, (error) => reports.push(error));
      const [heard, release] = [new Recorder<number>(), new Gate()];
      member.handle(Job, async (number: number) => {
        heard.record(number);
        if (number <= 2) await release.promise;
      });
      await member.start();
      for (const number of [1, 2, 3, 4]) await member.queue.defer(Job, number);
      await heard.count(2);

      const lock = await world.lock();
      release.open();
      await lasting(TIMES * lock.patience);
      const refused = await member.queue.defer(Job, 5).catch((error: unknown) => error);
      await lasting(TIMES * lock.patience);
      await lock.release();
      await member.queue.defer(Job, 6);
      await heard.until(() => heard.items.includes(6));
      await eventually(async () => {
        const { waiting, active, delayed } = await member.queue.counts(JOBS);
        return waiting + active + delayed === 0;
      });

      expect(refused).toMatchObject({ code: 'CAR5018' });
      expect([...heard.items].sort()).toEqual([1, 2, 3, 4, 6]);
      expect(await member.queue.counts(JOBS)).toMatchObject({ dead: 0 });
      expect(reports.length < 5).toBe(true);
    },
  },
];
