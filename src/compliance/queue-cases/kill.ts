/** Cases: processes that are killed, with a ledger of what they did. */
import type { Delivery } from '../../../decorators/delivery.js';
import { accepted, done, linesOf, lost, repeated, reportKill } from '../ledger.js';
import { JOBS } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { rollingRestart } from '../rolling-restart.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Recorder } from '../waiting.js';

const WORK = 'compliance.work';

export const killCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'Q8 a worker that is killed in the middle of a message loses nothing: it comes again',
    needs: ['kill'],
    async run(world) {
      const { processes } = world;
      await killInWork(world);
      const second = await processes.worker();
      await eventually(async () => (await processes.ledger()).includes('done 1'));
      await second.kill();
      const ledger = await processes.ledger();
      reportKill({
        suite: `queues on ${world.name}`,
        killed: 'a worker in the middle of a message',
        ledger,
        promised: ['1'],
        inProgress: 1,
      });

      expect(ledger.filter((line) => line === 'begun 1')).toHaveLength(2);
      expect(ledger.filter((line) => line === 'done 1')).toHaveLength(1);
    },
  },
  {
    title: 'Q1 what was accepted survives the kill of the process that deferred it',
    needs: ['kill'],
    async run(world) {
      const { processes } = world;
      const publisher = await processes.publisher();
      await eventually(async () => accepted(await processes.ledger()).length >= 50);

      await publisher.kill();
      const promised = accepted(await processes.ledger());
      const worker = await processes.worker();
      await eventually(async () => lost(await processes.ledger(), promised).length === 0);
      await worker.kill();
      const ledger = await processes.ledger();
      // The worker is ended when it may be in the middle of one.
      reportKill({
        suite: `queues on ${world.name}`,
        killed: 'a process that defers',
        ledger,
        promised,
        inProgress: 1,
      });

      expect(lost(ledger, promised)).toEqual([]);
    },
  },
  {
    title:
      'Q8 a rolling restart by kill under a steady stream loses nothing, and repeats at most what was in progress',
    needs: ['kill'],
    async run(world) {
      const { processes } = world;
      const publisher = world.undisturbed();
      const { sent, ledger, kills } = await rollingRestart({
        begin: () => processes.worker(),
        send: (n) => publisher.queue.defer(WORK, { n }, { queue: JOBS }).then(() => undefined),
        ledger: () => processes.ledger(),
      });
      // The workers do one message at a time: one is in progress at each kill.
      reportKill({
        suite: `queues on ${world.name}`,
        killed: 'each worker in turn under a steady stream',
        ledger,
        promised: sent,
        inProgress: kills,
      });

      expect(lost(ledger, sent)).toEqual([]);
      expect(repeated(ledger) <= kills).toBe(true);
    },
  },
  {
    title:
      'Q12 what a transaction has committed survives the kill of its process; what it has not, never comes',
    needs: ['kill', 'transactions', 'killInTransaction'],
    async run(world) {
      const { processes } = world;
      const outbox = await processes.outbox?.();
      await eventually(async () => accepted(await processes.ledger()).length >= 50);

      await outbox?.kill();
      const before = await processes.ledger();
      const promised = accepted(before);
      const worker = await processes.worker();
      await eventually(async () => lost(await processes.ledger(), promised).length === 0);
      await worker.kill();
      const ledger = await processes.ledger();
      reportKill({
        suite: `queues on ${world.name}`,
        killed: 'a process between the commit and the next transaction',
        ledger,
        promised,
        inProgress: 1,
      });

      const refused = new Set(linesOf(before, 'refused'));
      expect(lost(ledger, promised)).toEqual([]);
      expect(refused.size >= 20).toBe(true);
      expect(done(ledger).filter((n) => refused.has(n))).toEqual([]);
    },
  },
  {
    title: 'Q17 attempts count up across a killed process',
    needs: ['kill'],
    async run(world) {
      await killInWork(world);
      const heard = new Recorder<number | undefined>();
      const next = world.undisturbed({ attempts: 5 });
      next.handle(WORK, (_: unknown, { message }: Delivery) => heard.record(message?.attempt), {
        id: 'worker',
      });
      await next.start();

      expect(await heard.count(1)).toEqual([2]);
    },
  },
  {
    title: 'Q17 a message that keeps killing its worker comes to an end',
    needs: ['kill', 'deadLetters'],
    async run(world) {
      await killInWork(world);
      const heard = new Recorder<number | undefined>();
      const next = world.undisturbed();
      next.handle(WORK, (_: unknown, { message }: Delivery) => heard.record(message?.attempt), {
        id: 'worker',
        attempts: 1,
      });
      await next.start();
      await eventually(async () => (await next.queue.deadLetters(JOBS).count()) === 1);
      const [letter] = await next.queue.deadLetters(JOBS).list();

      expect(letter).toMatchObject({ reason: 'killed its worker', failure: { code: 'CAR5011' } });
      expect(heard.items).toEqual([]);
    },
  },
];

/** Kills a worker in the middle of its one message. */
async function killInWork(world: QueueWorld): Promise<void> {
  const { processes } = world;
  const worker = await processes.worker();
  await world.undisturbed().queue.defer(WORK, { n: 1, hold: true }, { queue: JOBS });
  await eventually(async () => (await processes.ledger()).includes('begun 1'));
  await worker.kill();
}
