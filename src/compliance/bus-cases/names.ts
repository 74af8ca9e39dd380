/** Cases: topics and groups with odd names. */

import { newId } from '../../events/new-id.js';
import type { BusWorld } from '../bus-world.js';
import { codeOf, FOREIGN_TEXTS, NO_TOPICS, ODD_NAMES, ODD_TOPICS } from '../odd-names.js';
import { expect, type SuiteCase } from '../suite.js';
import { Recorder } from '../waiting.js';

export const nameCases: readonly SuiteCase<BusWorld>[] = [
  {
    title: 'Q38 a topic with an odd name is delivered to its own subscribers, or refused by a code',
    async run(world) {
      const publisher = world.member();
      await publisher.bus.start();
      const codes = new Map<string, string | undefined>();
      for (const topic of ODD_TOPICS)
        codes.set(topic, await codeOf(() => publisher.bus.publish(topic, topic)));
      const member = world.member();
      const taken = ODD_TOPICS.filter((topic) => codes.get(topic) === undefined);
      const heard = new Map(taken.map((topic) => [topic, new Recorder()]));
      for (const [topic, { record }] of heard) member.bus.subscribe(topic, record);
      await member.bus.start();

      for (const topic of taken) await publisher.bus.publish(topic, topic);
      for (const recorder of heard.values()) await recorder.count(1);

      for (const [topic, { items }] of heard) expect(items).toEqual([topic]);
      for (const topic of ODD_TOPICS.filter((one) => !heard.has(one))) {
        const refused = world.member();
        refused.bus.subscribe(topic, () => undefined);
        expect(codes.get(topic)).toBe('CAR5040');
        expect(await codeOf(() => refused.bus.start())).toBe('CAR5041');
      }
    },
  },
  {
    title: 'Q38 a name that is not a topic is refused by a code',
    async run(world) {
      const member = world.member();
      await member.bus.start();
      const codes: (string | undefined)[] = [];

      for (const topic of NO_TOPICS)
        codes.push(await codeOf(() => member.bus.publish(topic, undefined)));

      expect(codes.filter((code) => !/^CAR\d{4}$/.test(code ?? ''))).toEqual([]);
    },
  },
  {
    title: 'Q38 groups with odd names are groups of their own',
    needs: ['groups'],
    async run(world) {
      const member = world.member();
      const heard = new Map(ODD_NAMES.map((group) => [group, new Recorder()]));
      for (const [group, { record }] of heard) member.bus.subscribe('bell', record, { group });
      await member.bus.start();

      await member.bus.publish('bell', 1);
      for (const recorder of heard.values()) await recorder.count(1);
      await member.bus.publish('bell', 2);

      for (const recorder of heard.values()) expect(await recorder.count(2)).toEqual([1, 2]);
    },
  },
  {
    title: 'Q38 what another program wrote with odd or endless texts is delivered',
    async run(world) {
      const member = world.member();
      const [heard, continued] = [new Recorder<unknown>(), new Recorder<unknown>()];
      member.bus.subscribe('bell', async (payload: unknown) => {
        heard.record(payload);
        await member.bus.publish('echo', payload);
      });
      member.bus.subscribe('echo', continued.record);
      await member.bus.start();

      for (const [data, text] of FOREIGN_TEXTS.entries()) {
        const attributes = { id: text, source: text, subject: text, correlationid: text };
        const event = { specversion: '1.0', type: 'bell', ...attributes, partitionkey: text, data };
        await member.transport?.publish({
          topic: 'bell',
          id: newId(),
          text: JSON.stringify(event),
        });
      }

      const indexes = [...FOREIGN_TEXTS.keys()];
      expect([...(await heard.count(indexes.length))].sort()).toEqual(indexes);
      expect([...(await continued.count(indexes.length))].sort()).toEqual(indexes);
      expect(member.errors).toEqual([]);
    },
  },
];
