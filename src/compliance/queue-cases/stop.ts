/** Cases: how a worker leaves. */
import type { Delivery } from '../../../decorators/delivery.js';
import { Scope } from '../../scope/scope.js';
import { openHandles, turns } from '../open-handles.js';
import { JOBS } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Gate, Recorder } from '../waiting.js';
import { Job } from './events.js';

/** Milliseconds for an end that no slow machine exceeds. */
const PLENTY = 60_000;

export const stopCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'L2 waits for running handlers, and their messages are done',
    async run(world) {
      const member = world.member();
      const steps = new Recorder<string>();
      const release = new Gate();
      member.handle(Job, async () => {
        steps.record('begun');
        await release.promise;
        steps.record('done');
      });
      await member.start();
      await member.queue.defer(Job, 1);
      await steps.count(1);

      const stopping = member.stop(PLENTY).then(() => steps.record('stopped'));
      release.open();
      await stopping;

      expect(steps.items).toEqual(['begun', 'done', 'stopped']);
    },
  },
  {
    title: 'L1 starts nothing once the end has begun; L12 another worker does it',
    needs: ['crossProcess'],
    async run(world) {
      const { first, second, heard, release } = await holding(world);
      await first.queue.deferAll([1, 2, 3].map((number) => [Job, number]));
      await heard.count(1);

      const stopping = first.stop(PLENTY);
      release.open();
      await stopping;
      await second.start();

      expect([...(await heard.count(3))].sort()).toEqual(['first 1', 'second 2', 'second 3']);
    },
  },
  {
    title:
      'Q16 past the drain time the signal is aborted, which is no attempt: another worker gets it as it was',
    needs: ['crossProcess'],
    async run(world) {
      const [first, second] = [world.member({ attempts: 1 }), world.member({ attempts: 1 })];
      const heard = new Recorder<string>();
      first.handle(
        Job,
        (_: number, { signal, message }: Delivery) => {
          heard.record(`first ${message?.attempt}`);
          return new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(new Error('aborted'))),
          );
        },
        { id: 'shared' },
      );
      second.handle(
        Job,
        (_: number, { message }: Delivery) => heard.record(`second ${message?.attempt}`),
        { id: 'shared' },
      );
      await first.start();
      await first.queue.defer(Job, 1);
      await heard.count(1);

      await first.scope.disposeAsync({ drain: 20, abort: PLENTY });
      await second.start();

      expect(await heard.count(2)).toEqual(['first 1', 'second 1']);
      expect(first.errors).toEqual([]);
    },
  },
  {
    title: 'L12 what was left behind at the end is given to another worker',
    needs: ['crossProcess'],
    async run(world) {
      const [first, second] = [world.brief({ attempts: 1 }), world.brief({ attempts: 1 })];
      const heard = new Recorder<string>();
      first.handle(
        Job,
        () => {
          heard.record('first');
          return new Promise(() => undefined);
        },
        { id: 'shared' },
      );
      second.handle(Job, () => heard.record('second'), { id: 'shared' });
      await first.start();
      await first.queue.defer(Job, 1);
      await heard.count(1);

      const { abandoned } = await first.scope.disposeAsync({ drain: 20, abort: 20 });
      await second.start();

      expect(abandoned).toHaveLength(1);
      expect(await heard.count(2)).toEqual(['first', 'second']);
    },
  },
  {
    title:
      'L12 a worker that starts while another one ends gets what waits, and not what the other has in progress',
    needs: ['crossProcess'],
    async run(world) {
      const { first, second, heard, release } = await holding(world);
      await first.queue.defer(Job, 1);
      await heard.count(1);

      const stopping = first.stop(PLENTY);
      await second.start();
      await second.queue.deferAll([2, 3].map((number) => [Job, number]));
      await heard.count(3);
      release.open();
      await stopping;
      await second.queue.defer(Job, 4);

      expect(await heard.count(4)).toEqual(['first 1', 'second 2', 'second 3', 'second 4']);
    },
  },
  inFlight('in one moment', async (releases) => {
    for (const release of releases) release();
  }),
  inFlight('one after another, in another order', async (releases) => {
    for (const index of releases.keys()) {
      releases[(7 * index) % releases.length]?.();
      if (index % 300 === 299) await turns(1);
    }
  }),
  {
    title: 'L12 what was accepted for a handler whose scope has ended waits for the next one',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      const [short, next] = ['short', 'next'].map(
        (name) => new Scope(member.scope.runtime, { name }, member.scope),
      );
      const wire = member.handle(Job, heard.record, {}, short);
      await member.start();
      member.queue.pause(JOBS);
      await member.queue.deferAll([1, 2].map((number) => [Job, number]));
      await short?.disposeAsync();
      member.queue.resume(JOBS);
      await member.queue.defer(Job, 3);

      wire(next as Scope);

      expect([...(await heard.count(3))].sort()).toEqual([1, 2, 3]);
    },
  },
  {
    title: 'L4 the end of an idle worker is immediate, and twice the same',
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);
      await member.start();

      const [first, second] = [member.scope.disposeAsync(), member.scope.disposeAsync()];
      await first;

      expect(first === second).toBe(true);
      expect(member.scope.state).toBe('ended');
    },
  },
  {
    title: 'L13 a defer after the end is refused',
    async run(world) {
      const member = world.member();
      member.handle(Job, () => undefined);
      await member.start();
      await member.stop();

      await expect(member.queue.defer(Job, 1)).rejects.toMatchObject({ code: 'CAR3001' });
    },
  },
  {
    title: 'L16 an end during the start is waited for, and gives back what was subscribed',
    needs: ['crossProcess'],
    async run(world) {
      const [first, second] = [world.member(), world.member()];
      const heard = new Recorder<string>();
      first.handle(Job, () => heard.record('first'), { id: 'shared' });
      second.handle(Job, () => heard.record('second'), { id: 'shared' });

      const starting = first.start().catch(() => undefined);
      await first.stop();
      await starting;
      await second.start();
      await second.queue.deferAll([1, 2, 3].map((number) => [Job, number]));

      expect(await heard.count(3)).toEqual(['second', 'second', 'second']);
    },
  },
  {
    title: 'a worker that has been stopped leaves the queue to a new one',
    needs: ['crossProcess'],
    async run(world) {
      const heard = new Recorder<number>();
      for (const round of [1, 2, 3]) {
        const member = world.member();
        member.handle(Job, heard.record, { id: 'shared' });
        await member.start();
        await member.queue.defer(Job, round);
        await heard.count(round);
        await member.stop();
      }

      expect(heard.items).toEqual([1, 2, 3]);
    },
  },
  {
    title: 'L17 the end leaves no open handle',
    async run(world) {
      await turns(10);
      const before = openHandles();
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await member.start();
      await member.queue.defer(Job, 1);
      await heard.count(1);

      await member.stop();
      // A handle is gone only some turns after it was closed; one that stays lets this time out.
      while (openHandles() > before) await turns(1);

      expect(openHandles() > before).toBe(false);
    },
  },
  {
    title: 'L12 messages that wait in memory at the end are processed, as long as there is time',
    needs: ['no durable'],
    async run(world) {
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await member.start();
      await member.queue.deferAll([1, 2, 3].map((number) => [Job, number]));

      await member.queue.drained();
      await member.stop();

      expect(heard.items).toEqual([1, 2, 3]);
      expect(member.queue.size(JOBS)).toBe(0);
    },
  },
];

/** A worker that keeps what it begins until it is released, and one that is to be started, for the same messages. */
async function holding(world: QueueWorld) {
  const [first, second] = [world.member(), world.member()];
  const heard = new Recorder<string>();
  const release = new Gate();
  const hold = async (number: number) => {
    heard.record(`first ${number}`);
    await release.promise;
  };
  first.handle(Job, hold, { id: 'shared' });
  second.handle(Job, (number: number) => heard.record(`second ${number}`), { id: 'shared' });
  await first.start();
  return { first, second, heard, release };
}

/** More than an engine stores at once, and no multiple of seven. */
const MANY = 1000;

/** A worker that is stopped while all that it has ends. */
function inFlight(
  how: string,
  release: (releases: readonly (() => void)[]) => Promise<void>,
): SuiteCase<QueueWorld> {
  return {
    title: `L12 what ends ${how} while its worker stops is done, and the next worker runs none of it`,
    needs: ['crossProcess'],
    async run(world) {
      const [first, second] = [world.member({ concurrency: MANY }), world.member()];
      const again = new Recorder<number>();
      const begun = new Recorder<() => void>();
      first.handle(Job, () => new Promise<void>(begun.record), { id: 'shared' });
      second.handle(Job, again.record, { id: 'shared' });
      await first.start();
      await first.queue.deferAll(Array.from({ length: MANY }, (_, number) => [Job, number]));
      const releases = await begun.count(MANY);

      const stopping = first.stop(PLENTY);
      await release(releases);
      await stopping;
      await second.start();
      await eventually(async () => {
        const { waiting, active, delayed } = await second.queue.counts(JOBS);
        return waiting + active + delayed === 0;
      });

      expect(first.errors).toEqual([]);
      expect(again.items).toEqual([]);
    },
  };
}
