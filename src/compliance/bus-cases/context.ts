/** Cases: the asynchronous context in which subscribers run. */
import { asyncStorage } from '../../dispatch/async-storage.js';
import type { BusWorld } from '../bus-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { Recorder } from '../waiting.js';

export const contextCases: readonly SuiteCase<BusWorld>[] = [
  inContext('subscribers run', undefined),
  inContext('members of a group run', 'mailers'),
];

function inContext(who: string, group: string | undefined): SuiteCase<BusWorld> {
  return {
    title: `Q23 ${who} in the context of the start, not of a subscriber or a sender`,
    needs: group === undefined ? [] : ['groups'],
    async run(world) {
      const storage = asyncStorage<string>();
      const within = <R>(name: string, action: () => R): R =>
        storage === undefined ? action() : storage.run(name, action);
      const { bus } = world.member();
      const heard = new Recorder<string | undefined>();
      const hear = async () => {
        heard.record(storage?.getStore());
        await undefined;
        heard.record(storage?.getStore());
      };
      const options = group === undefined ? {} : { group };
      within('subscribed before', () => bus.subscribe('bell', hear, options));
      await within('start', () => bus.start());

      await within('request 1', () => bus.publish('bell', 1));
      await heard.count(2);
      await within('request 2', async () => {
        bus.subscribe('echo', hear, { ...options, concurrency: 1 });
        await bus.ready();
        await Promise.all([1, 2, 3].map((number) => bus.publish('echo', number)));
      });
      await heard.count(8);

      expect(new Set(heard.items)).toEqual(
        new Set(storage === undefined ? [undefined] : ['start']),
      );
    },
  };
}
