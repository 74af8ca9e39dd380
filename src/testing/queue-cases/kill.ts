/** Cases: processes that are killed, with a ledger of what they did. */
import { eventually, JOBS } from '../queue-member.js';
import type { QueueProcess, QueueWorld } from '../queue-provider.js';
import { expect, report, type SuiteCase } from '../suite.js';

const WORK = 'compliance.work';

export const killCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'Q8 a worker that is killed in the middle of a message loses nothing: it comes again',
    needs: ['kill'],
    async run(world) {
      const { processes } = world;
      const publisher = world.member();
      const first = await processes.worker();
      await publisher.queue.defer(WORK, { n: 1, hold: true }, { queue: JOBS });
      await eventually(async () => (await processes.ledger()).includes('begun 1'));

      await first.kill();
      const second = await processes.worker();
      await eventually(async () => (await processes.ledger()).includes('done 1'));
      await second.kill();
      const ledger = await processes.ledger();

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
      report(`${world.name}, kill of a publisher: accepted ${promised.length}, lost ${lost(ledger, promised).length}`);

      expect(lost(ledger, promised)).toEqual([]);
    },
  },
  {
    title: 'Q8 a rolling restart by kill under a steady stream loses nothing, and repeats at most what was in work',
    needs: ['kill'],
    async run(world) {
      const { processes } = world;
      const total = 300;
      const kills = 3;
      const publisher = world.member();
      let workers: QueueProcess[] = [await processes.worker(), await processes.worker()];
      const sent: string[] = [];
      for (let round = 0; round <= kills; round += 1) {
        for (let index = 0; index < total / (kills + 1); index += 1) {
          const n = sent.length + 1;
          await publisher.queue.defer(WORK, { n }, { queue: JOBS });
          sent.push(String(n));
        }
        if (round === kills) break;
        const half = sent.length / 2;
        await eventually(async () => done(await processes.ledger()).length >= half);
        const [oldest, ...others] = workers;
        await oldest?.kill();
        workers = [...others, await processes.worker()];
      }
      await eventually(async () => lost(await processes.ledger(), sent).length === 0);
      for (const worker of workers) await worker.kill();
      const ledger = await processes.ledger();
      const repeated = done(ledger).length - new Set(done(ledger)).size;
      report(
        `${world.name}, rolling restart of ${sent.length} messages: lost ${lost(ledger, sent).length}, repeated ${repeated}`,
      );

      expect(lost(ledger, sent)).toEqual([]);
      // The workers do one message at a time: what was in work is one for each kill, those at the end included.
      expect(repeated <= kills + workers.length).toBe(true);
    },
  },
];

function accepted(ledger: readonly string[]): string[] {
  return linesOf(ledger, 'accepted');
}

function done(ledger: readonly string[]): string[] {
  return linesOf(ledger, 'done');
}

function lost(ledger: readonly string[], promised: readonly string[]): string[] {
  const finished = new Set(done(ledger));
  return promised.filter((n) => !finished.has(n));
}

function linesOf(ledger: readonly string[], what: string): string[] {
  return ledger.filter((line) => line.startsWith(`${what} `)).map((line) => line.slice(what.length + 1));
}
