/** Cases: an engine that goes away and comes back. */
import { Heard } from '../bus-member.js';
import { openHandles, turns } from '../open-handles.js';
import { eventually, Gate, JOBS, type QueueMember } from '../queue-member.js';
import type { QueueWorld } from '../queue-provider.js';
import { expect, type SuiteCase } from '../suite.js';
import { lasting } from '../turn.js';
import { Job } from './events.js';

const FIVE_SECONDS = 5000;

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
    title: 'Q9 works again after the engine was away for five seconds',
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
      await lasting(FIVE_SECONDS);
      await world.faults.mend();
      await heard.until(() => heard.items.includes(2));
      await eventually(() => accepts(member, 3));

      await heard.until(() => heard.items.includes(3));
      expect([...new Set(heard.items)]).toEqual([1, 2, 3]);
    },
  },
  {
    title: 'Q9 works on after the connection was silent while it waited for messages',
    needs: ['faults'],
    async run(world) {
      const [member, publisher] = [world.member(), world.undisturbed()];
      const heard = new Heard<number>();
      member.handle(Job, heard.hear, { id: 'worker' });
      await member.start();
      await publisher.queue.defer(Job, 1, { queue: JOBS });
      await heard.count(1);

      await world.faults.silence();
      await publisher.queue.defer(Job, 2, { queue: JOBS });
      // What was asked before never gets its answer: the connection is broken when the engine is there again.
      await world.faults.cut();
      await world.faults.mend();

      await heard.until(() => heard.items.includes(2));
      expect([...new Set(heard.items)]).toEqual([1, 2]);
    },
  },
  {
    title: 'Q2 who has lost its message to another worker changes nothing any more: neither by its failure nor by its success',
    needs: ['faults', 'crossProcess'],
    async run(world) {
      const [cut, other] = [world.member({ attempts: 5 }), world.undisturbed({ attempts: 5 })];
      const heard = new Heard<string>();
      const [late, last] = [new Gate(), new Gate()];
      cut.handle(
        Job,
        async () => {
          heard.hear('cut');
          await late.promise;
          heard.hear('late');
          throw new Error('too late');
        },
        { id: 'shared' },
      );
      other.handle(
        Job,
        async () => {
          heard.hear('other');
          await last.promise;
        },
        { id: 'shared' },
      );
      await cut.start();
      await cut.queue.defer(Job, 1);
      await heard.count(1);

      await world.faults.silence();
      await other.start();
      await heard.count(2);
      await world.faults.mend();
      late.open();
      await heard.count(3);
      // Its outcome has been refused, or has come to nothing, by the time in which it could have done harm.
      await cut.stop();
      const during = await other.queue.counts(JOBS);
      last.open();
      await eventually(async () => {
        const { waiting, active, delayed } = await other.queue.counts(JOBS);
        return waiting + active + delayed === 0;
      });

      expect(heard.items).toEqual(['cut', 'other', 'late']);
      expect(during).toMatchObject({ waiting: 0, delayed: 0, active: 1, dead: 0 });
      expect(await other.queue.counts(JOBS)).toMatchObject({ dead: 0 });
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
    title: 'L17 the end leaves no open handle with the engine down',
    needs: ['faults'],
    async run(world) {
      // What the suite itself has open while the engine is down.
      await world.faults.cut();
      await turns(10);
      const before = openHandles();
      await world.faults.mend();
      const member = world.member();
      member.handle(Job, () => undefined);
      await member.start();
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
      member.handle(Job, () => undefined);
      await member.start();
      await world.faults.silence();

      await member.stop();

      expect(member.scope.state).toBe('ended');
    },
  },
];

/** How long a client takes to come back is its own affair. */
async function accepts(member: QueueMember, number: number): Promise<boolean> {
  try {
    await member.queue.defer(Job, number, { queue: JOBS });
    return true;
  } catch {
    return false;
  }
}
