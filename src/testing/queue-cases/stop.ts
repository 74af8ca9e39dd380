/** Cases: how a worker leaves. */
import { Scope } from '../../scope/scope.js';
import { Heard } from '../bus-member.js';
import { Gate, JOBS } from '../queue-member.js';
import type { QueueWorld } from '../queue-provider.js';
import { expect, type SuiteCase } from '../suite.js';
import { Job } from './events.js';

export const stopCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'L2 waits for what is running, and its message is done',
    async run(world) {
      const member = world.member();
      const steps = new Heard<string>();
      const release = new Gate();
      member.handle(Job, async () => {
        steps.hear('begun');
        await release.promise;
        steps.hear('done');
      });
      await member.start();
      await member.queue.defer(Job, 1);
      await steps.count(1);

      const stopping = member.stop().then(() => steps.hear('stopped'));
      release.open();
      await stopping;

      expect(steps.items).toEqual(['begun', 'done', 'stopped']);
    },
  },
  {
    title: 'L1 starts nothing once the end has begun; L12 another worker does it',
    needs: ['crossProcess'],
    async run(world) {
      const [first, second] = [world.member(), world.member()];
      const heard = new Heard<string>();
      const release = new Gate();
      first.handle(
        Job,
        async (number: number) => {
          heard.hear(`first ${number}`);
          await release.promise;
        },
        { id: 'shared' },
      );
      second.handle(Job, (number: number) => heard.hear(`second ${number}`), { id: 'shared' });
      await first.start();
      await first.queue.deferAll([1, 2, 3].map((number) => [Job, number]));
      await heard.count(1);

      const stopping = first.stop();
      release.open();
      await stopping;
      await second.start();

      expect([...(await heard.count(3))].sort()).toEqual(['first 1', 'second 2', 'second 3']);
    },
  },
  {
    title: 'L12 what was accepted for a handler whose scope has ended waits for the next one',
    async run(world) {
      const member = world.member();
      const heard = new Heard<number>();
      const [short, next] = ['short', 'next'].map((name) => new Scope(member.scope.runtime, { name }, member.scope));
      const wire = member.handle(Job, heard.hear, {}, short);
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
      const heard = new Heard<string>();
      first.handle(Job, () => heard.hear('first'), { id: 'shared' });
      second.handle(Job, () => heard.hear('second'), { id: 'shared' });

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
      const heard = new Heard<number>();
      for (const round of [1, 2, 3]) {
        const member = world.member();
        member.handle(Job, heard.hear, { id: 'shared' });
        await member.start();
        await member.queue.defer(Job, round);
        await heard.count(round);
        await member.stop();
      }

      expect(heard.items).toEqual([1, 2, 3]);
    },
  },
  {
    title: 'L12 what waits in memory at the end is worked off, as long as there is time',
    needs: ['no durable'],
    async run(world) {
      const member = world.member();
      const heard = new Heard<number>();
      member.handle(Job, heard.hear);
      await member.start();
      await member.queue.deferAll([1, 2, 3].map((number) => [Job, number]));

      await member.queue.drained();
      await member.stop();

      expect(heard.items).toEqual([1, 2, 3]);
      expect(member.queue.size(JOBS)).toBe(0);
    },
  },
];
