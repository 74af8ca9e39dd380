/** Cases: the asynchronous context in which handlers run. */
import { asyncStorage } from '../../dispatch/async-storage.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Recorder } from '../waiting.js';
import { Job, Text } from './events.js';

export const contextCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'Q23 handlers run in the context of the start, not of who wires or defers',
    needs: ['durable'],
    async run(world) {
      const storage = asyncStorage<string>();
      const within = <R>(name: string, action: () => R): R =>
        storage === undefined ? action() : storage.run(name, action);
      const member = world.member();
      const heard = new Recorder<string | undefined>();
      const hear = async () => {
        heard.record(storage?.getStore());
        await undefined;
        heard.record(storage?.getStore());
      };
      within('wired before', () => member.handle(Job, hear));
      await within('start', () => member.start());

      await within('request 1', () => member.queue.defer(Job, 1));
      await heard.count(2);
      within('request 2', () => member.handle(Text, hear));
      await within('request 3', async () => {
        await member.queue.deferAll([
          [Job, 2],
          [Text, 'two'],
          [Job, 3, world.capabilities.delay ? { delay: 20 } : {}],
        ]);
      });
      await heard.count(8);
      const late = world.member();
      await within('start', () => late.start());
      await within('request 4', async () => {
        late.handle('compliance.late', hear);
        await late.queue.defer('compliance.late', 4);
      });
      await heard.count(10);

      expect(new Set(heard.items)).toEqual(
        new Set(storage === undefined ? [undefined] : ['start']),
      );
    },
  },
];
