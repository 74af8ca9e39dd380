/** Cases: an engine that goes away and comes back. */
import type { Delivery } from '../../../decorators/delivery.js';
import { openHandles, turns } from '../open-handles.js';
import { JOBS, type QueueMember } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { StallingClock } from '../stalling-clock.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Gate, lasting, Recorder } from '../waiting.js';
import { Job } from './events.js';

const FIVE_SECONDS = 5000;

export const faultCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'Q9 is connected and works again after every connection was cut',
    needs: ['faults'],
    async run(world) {
      const { publisher, heard } = await working(world);

      await world.faults.cut();
      await publisher.queue.defer(Job, 2, { queue: JOBS });
      await world.faults.mend();

      await heard.until(() => heard.items.includes(2));
      expect([...new Set(heard.items)]).toEqual([1, 2]);
    },
  },
  {
    title:
      'Q9 a message deferred while the engine is away is accepted and done, or its caller is told',
    needs: ['faults'],
    async run(world) {
      const [cut, worker] = [world.brief(), world.undisturbed()];
      const heard = new Recorder<number>();
      worker.handle(Job, heard.record, { id: 'worker' });
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
    title:
      'Q9 Q22 a defer is rejected in its time when the connection goes silent, and says that it may be stored',
    needs: ['faults'],
    async run(world) {
      const member = world.brief();
      await member.queue.defer(Job, 1, { queue: JOBS });
      await world.faults.silence();

      const refusal = await member.queue.defer(Job, 2, { queue: JOBS }).then(
        () => undefined,
        (error: unknown) => error,
      );

      expect(refusal).toMatchObject({ code: 'CAR5020' });
    },
  },
  {
    title:
      'Q9 works on after the connection was silent in the middle of a message: it is done, or comes again',
    needs: ['faults'],
    async run(world) {
      const member = world.brief({ attempts: 5, backoff: { delay: 50, jitter: 0 } });
      const publisher = world.undisturbed();
      const heard = new Recorder<number>();
      let isFirst = true;
      member.handle(
        Job,
        async (number: number) => {
          if (isFirst) {
            isFirst = false;
            await world.faults.silence();
          }
          heard.record(number);
        },
        { id: 'worker' },
      );
      await member.start();
      await publisher.queue.defer(Job, 1, { queue: JOBS });
      await heard.count(1);
      await world.faults.mend();
      await publisher.queue.defer(Job, 2, { queue: JOBS });

      await heard.until(() => heard.items.includes(2));
      await eventually(() => isEmpty(publisher));

      expect([...new Set(heard.items)].sort()).toEqual([1, 2]);
    },
  },
  {
    title: 'Q9 works again after the engine was away for five seconds',
    needs: ['faults'],
    async run(world) {
      const { member, publisher, heard } = await working(world);

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
      const { publisher, heard } = await working(world);

      await world.faults.silence();
      await publisher.queue.defer(Job, 2, { queue: JOBS });
      // What was asked before never gets its answer: the connection is broken when the engine is there again.
      await world.faults.cut();
      await world.faults.mend();

      await heard.until(() => heard.items.includes(2));
      expect([...new Set(heard.items)]).toEqual([1, 2]);
    },
  },
  cutOff('failure'),
  cutOff('success'),
  standsStill('failure'),
  standsStill('success'),
  {
    title:
      'L16 a start without the engine fails, leaves nothing behind, and succeeds once it is there',
    needs: ['faults'],
    async run(world) {
      const member = world.brief();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
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
      const member = await idle(world);
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
      const member = await idle(world);
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
      const member = await idle(world);
      await world.faults.silence();

      await member.stop();

      expect(member.scope.state).toBe('ended');
    },
  },
];

/** A worker that has done its first message, and a publisher that no fault touches. */
async function working(world: QueueWorld) {
  const [member, publisher] = [world.brief(), world.undisturbed()];
  const heard = new Recorder<number>();
  member.handle(Job, heard.record, { id: 'worker' });
  await member.start();
  await publisher.queue.defer(Job, 1, { queue: JOBS });
  await heard.count(1);
  return { member, publisher, heard };
}

/** A worker that nobody has given anything. */
async function idle(world: QueueWorld): Promise<QueueMember> {
  const member = world.brief();
  member.handle(Job, () => undefined);
  await member.start();
  return member;
}

async function isEmpty({ queue }: QueueMember): Promise<boolean> {
  const { waiting, active, delayed } = await queue.counts(JOBS);
  return waiting + active + delayed === 0;
}

type Late = 'failure' | 'success';

function cutOff(late: Late): SuiteCase<QueueWorld> {
  return {
    title: `Q2 a worker that is cut off in the middle of a message loses it, and its late ${late} changes nothing`,
    needs: ['faults', 'crossProcess'],
    run: async (world) => {
      const { faults } = world;
      await losing(world, late, world.brief({ attempts: 5 }), {
        lose: () => faults.silence(),
        find: () => faults.mend(),
      });
    },
  };
}

function standsStill(late: Late): SuiteCase<QueueWorld> {
  return {
    title: `Q2 a worker that stands still for longer than its lease loses its message, and its late ${late} changes nothing`,
    needs: ['leaseClock'],
    run: async (world) => {
      const clock = new StallingClock();
      const worker = world.brief({ ...clock.of(world.engine.options()), attempts: 5 });
      const find = async () => {
        clock.resume();
        // What it says too late of its lease has arrived when that is answered.
        await worker.queue.counts(JOBS);
      };
      await losing(world, late, worker, { lose: async () => clock.stall(), find });
    },
  };
}

/** The worker is lost to the engine while it works, and found again when another one has its message. */
async function losing(
  world: QueueWorld,
  late: Late,
  worker: QueueMember,
  { lose, find }: { lose(): Promise<void>; find(): Promise<void> },
): Promise<void> {
  const aborted = new Gate();
  const other = world.undisturbed({ attempts: 5, backoff: { delay: 50, jitter: 0 } });
  const heard = new Recorder<string>();
  const [first, second] = [new Gate(), new Gate()];
  const work = async (_: unknown, { signal }: Delivery) => {
    heard.record('lost');
    signal.addEventListener('abort', () => aborted.open());
    await first.promise;
    heard.record('late');
    if (late === 'failure') throw new Error('too late');
  };
  const workOfOther = async (_: unknown, { message }: Delivery) => {
    heard.record(`other, attempt ${message?.attempt}`);
    if (message?.attempt !== 2) return;
    await second.promise;
    throw new Error('to be tried again');
  };
  worker.handle(Job, work, { id: 'shared' });
  other.handle(Job, workOfOther, { id: 'shared' });
  await worker.start();
  await worker.queue.defer(Job, 1);
  await heard.count(1);

  await lose();
  await other.start();
  await heard.count(2);
  await find();
  // Its lease is over: what it does from now on is done twice.
  await aborted.promise;
  first.open();
  await heard.count(3);
  // Its outcome has been refused, or has come to nothing, by the time in which it could have done harm.
  await worker.stop();
  const during = await other.queue.counts(JOBS);
  second.open();
  await heard.count(4);
  await eventually(() => isEmpty(other));

  expect(during).toMatchObject({ waiting: 0, delayed: 0, active: 1, dead: 0 });
  expect(heard.items).toEqual(['lost', 'other, attempt 2', 'late', 'other, attempt 3']);
  expect(await other.queue.counts(JOBS)).toMatchObject({ dead: 0 });
}

/** How long a client takes to come back is its own affair. */
async function accepts(member: QueueMember, number: number): Promise<boolean> {
  try {
    await member.queue.defer(Job, number, { queue: JOBS });
    return true;
  } catch {
    return false;
  }
}
