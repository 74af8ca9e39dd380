/** Cases: the server of the engine ends, and is started again. */
import type { Delivery } from '../../../decorators/delivery.js';
import { HeldWork, type RestartOptions } from '../held-work.js';
import { accepted, lost, repeated, reportKill } from '../ledger.js';
import { JOBS, type QueueMember } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, lasting } from '../waiting.js';
import { Job } from './events.js';

/** Milliseconds after which an engine has written down what it gave out, and what was done, where it does not do so at once. */
const WRITTEN = 2000;

/** Milliseconds by which every tenth message is delayed. */
const DELAY = 1000;

export const restartCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title:
      'Q1 Q9 a server that ends in order and one that is killed have all that was accepted, and are worked on again',
    needs: ['restart'],
    async run(world) {
      const { server, options } = await world.server();
      const worker = world.brief({ ...options(), concurrency: 1, attempts: 10 });
      const publisher = world.brief(options());
      const work = new HeldWork();
      const { ledger, begun } = work;
      const handle = (number: number, { message }: Delivery) =>
        work.run(number, `${number}, attempt ${message?.attempt}`);
      worker.handle(Job, handle, { id: 'worker' });
      await worker.start();
      // Waits over both ends, and longer.
      await publisher.queue.defer(Job, 0, { queue: JOBS, delay: 3_600_000 });

      // First in order: an engine may need that before it knows a new queue again after a kill.
      for (const end of ['stop', 'kill'] as const) {
        await work.restart({ server, end, ...sending(publisher) });
        await eventually(() => lost(ledger, accepted(ledger)).length === 0);
        await eventually(async () => {
          const { waiting, active, delayed } = await publisher.queue.counts(JOBS);
          return waiting + active === 0 && delayed <= 1;
        });
      }
      // One for each end.
      reportKill({
        suite: `queues on ${world.name}`,
        killed: 'the server, once in order and once not',
        ledger,
        promised: accepted(ledger),
        inProgress: 2,
      });

      expect(lost(ledger, accepted(ledger))).toEqual([]);
      expect(repeated(ledger) <= 2).toBe(true);
      expect(await publisher.queue.counts(JOBS)).toEqual({
        waiting: 0,
        active: 0,
        delayed: 1,
        dead: 0,
      });
      // How often each was tried is known as well.
      expect(begun.items).toHaveLength(new Set(begun.items).size);
    },
  },
];

/** What the publisher sends, every tenth message for later, and what it waits for before the server ends. */
function sending({ queue }: QueueMember): Pick<RestartOptions, 'send' | 'settle'> {
  return {
    send: (number, { isSettling }) =>
      queue.defer(Job, number, {
        queue: JOBS,
        delay: number % 10 === 0 && !isSettling ? DELAY : 0,
      }),
    // An engine that is killed while it writes down what it gave out may know nothing of it afterwards.
    settle: () => lasting(DELAY + WRITTEN),
  };
}
