/** Cases: how a process leaves the bus. */
import type { BusWorld } from '../bus-world.js';
import { openHandles, turns } from '../open-handles.js';
import { expect, type SuiteCase } from '../suite.js';
import { Recorder } from '../waiting.js';

export const stopCases: readonly SuiteCase<BusWorld>[] = [
  {
    title: 'L1 delivers nothing to a subscriber that has ended, and everything to the others',
    async run(world) {
      const member = world.member();
      const [ended, stays] = [new Recorder(), new Recorder()];
      const off = member.bus.subscribe('bell', ended.record);
      member.bus.subscribe('bell', stays.record);
      await member.bus.start();
      await member.bus.publish('bell', 1);
      await ended.count(1);

      off();
      await member.bus.publish('bell', 2);
      await stays.count(2);

      expect(ended.items).toEqual([1]);
    },
  },
  {
    title: 'L2 the end waits for what is running, and lets it finish',
    async run(world) {
      const member = world.member();
      const begun = new Recorder();
      let finish: (() => void) | undefined;
      let finished = false;
      member.bus.subscribe('bell', async (payload) => {
        begun.record(payload);
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        finished = true;
      });
      await member.bus.start();
      await member.bus.publish('bell', 1);
      await begun.count(1);

      const stopped = member.scope.disposeAsync();
      finish?.();
      const report = await stopped;

      expect(finished).toBe(true);
      expect(report.abandoned).toEqual([]);
    },
  },
  {
    title: 'L3 past the drain time the signals of running handlers are aborted',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      member.bus.subscribe('bell', (_, { signal }) => {
        heard.record('begun');
        return new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            heard.record('aborted');
            resolve();
          });
        });
      });
      await member.bus.start();
      await member.bus.publish('bell', 1);
      await heard.count(1);

      const report = await member.scope.disposeAsync({ drain: 20, abort: 60_000 });

      expect(heard.items).toEqual(['begun', 'aborted']);
      expect(report.abandoned).toEqual([]);
    },
  },
  {
    title: 'L4 an idle end is one promise, however often it is asked for',
    async run(world) {
      const member = world.member();
      member.bus.subscribe('bell', () => undefined);
      await member.bus.start();

      const [first, second] = [member.scope.disposeAsync(), member.scope.disposeAsync()];

      expect(first).toBe(second);
      await first;
      expect(member.scope.state).toBe('ended');
    },
  },
  {
    title: 'L13 a publish after the end is refused',
    async run(world) {
      const member = world.member();
      await member.bus.start();
      await member.stop();

      await expect(member.bus.publish('bell', 1)).rejects.toMatchObject({ code: 'CAR3001' });
    },
  },
  {
    title: 'L13 a publish that waits for the start is refused when the end comes first',
    async run(world) {
      const member = world.member();
      const published = member.bus.publish('bell', 1);
      const refused = expect(published).rejects.toMatchObject({ code: 'CAR3001' });

      await member.stop();

      await refused;
    },
  },
  {
    title: 'L16 an end during the start cancels it, and leaves nothing subscribed',
    async run(world) {
      const [ending, staying] = [world.member(), world.member()];
      const [ended, stays] = [new Recorder(), new Recorder()];
      ending.bus.subscribe('bell', ended.record);
      staying.bus.subscribe('bell', stays.record);
      await staying.bus.start();

      const starting = ending.bus.start();
      const cancelled = expect(starting).rejects.toMatchObject({ code: 'CAR3001' });
      await ending.stop();
      await cancelled;
      await staying.bus.publish('bell', 1);
      await stays.count(1);

      expect(ended.items).toEqual([]);
      expect(ending.errors).toEqual([]);
    },
  },
  {
    title: 'L17 the end leaves no open handle',
    async run(world) {
      await turns(10);
      const before = openHandles();
      const member = world.member();
      member.bus.subscribe('bell', () => undefined);
      await member.bus.start();
      await member.bus.publish('bell', 1);

      await member.stop();
      // A handle is gone only some turns after it was closed; one that stays lets this time out.
      while (openHandles() > before) await turns(1);

      expect(openHandles() > before).toBe(false);
    },
  },
];
