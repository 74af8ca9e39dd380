/** Cases: queues, topics and ordering keys with odd names. */
import { newId } from '../../events/new-id.js';
import {
  codeOf,
  FOREIGN_TEXTS,
  NO_IDS,
  NO_TOPICS,
  ODD_NAMES,
  ODD_QUEUES,
  ODD_TOPICS,
} from '../odd-names.js';
import { JOBS } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Recorder } from '../waiting.js';
import { Job, Text } from './events.js';

export const nameCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'Q38 a topic with an odd name is done by its own handler',
    async run(world) {
      const member = world.member();
      const heard = new Recorder<string>();
      ODD_TOPICS.forEach((topic, index) => {
        member.handle(topic, (payload: string) => heard.record(`${index} ${payload}`));
      });
      await member.start();

      for (const topic of ODD_TOPICS) await member.queue.defer(topic, topic);
      await heard.count(ODD_TOPICS.length);

      expect([...heard.items].sort()).toEqual(
        ODD_TOPICS.map((topic, index) => `${index} ${topic}`).sort(),
      );
    },
  },
  {
    title: 'Q38 a name that is not a topic is refused by a code',
    async run(world) {
      const member = world.member();
      await member.start();
      const codes: (string | undefined)[] = [];

      for (const topic of NO_TOPICS)
        codes.push(await codeOf(() => member.queue.defer(topic, undefined)));

      expect(codes.filter((code) => !/^CAR\d{4}$/.test(code ?? ''))).toEqual([]);
    },
  },
  {
    title: 'Q38 messages with odd ids, ordering keys and deduplication ids are done',
    async run(world) {
      const { orderingKey, dedup } = world.capabilities;
      const member = world.member();
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await member.start();

      for (const [index, name] of ODD_NAMES.entries()) {
        await member.queue.defer(Job, index, {
          id: name,
          ...(orderingKey === false ? {} : { orderingKey: name }),
          ...(dedup ? { dedup: name } : {}),
        });
      }
      await heard.count(ODD_NAMES.length);

      expect([...heard.items].sort((a, b) => a - b)).toEqual([...ODD_NAMES.keys()]);
    },
  },
  {
    title:
      'Q38 a queue with an odd name keeps its messages and their retries, or is refused by a code',
    async run(world) {
      const heard = new Recorder<string>();
      const codes: (string | undefined)[] = [];
      const taken: number[] = [];
      for (const [index, name] of ODD_QUEUES.entries()) {
        const member = world.memberOf(name);
        const failed = new Set<number>();
        const work = (payload: number) => {
          if (!failed.has(payload)) {
            failed.add(payload);
            throw new Error('once more');
          }
          heard.record(`${index} ${payload}`);
        };
        member.handle(Job, work, { attempts: 2, backoff: 1 });
        const code = await codeOf(() => member.start());
        codes.push(code);
        if (code !== undefined) continue;
        taken.push(index);
        await member.queue.defer(Job, index);
      }
      await heard.count(taken.length);

      expect([...heard.items].sort()).toEqual(taken.map((index) => `${index} ${index}`).sort());
      expect(codes.filter((code) => code !== undefined && !/^CAR7/.test(code))).toEqual([]);
    },
  },
  {
    title:
      'Q38 what another program wrote with odd or endless texts is done, and once by a handler that asks for it',
    needs: ['crossProcess'],
    async run(world) {
      const { inbox } = world.capabilities;
      const member = world.member();
      const [once, often, continued] = [new Recorder(), new Recorder(), new Recorder()];
      member.handle(Job, once.record, { idempotent: inbox });
      member.handle(Job, (payload: number) => {
        often.record(payload);
        return member.queue.defer(Text, String(payload));
      });
      member.handle(Text, continued.record);
      const indexes = [...FOREIGN_TEXTS.keys()];
      for (const index of indexes) {
        const message = { event: 'compliance.job', body: foreignJob(index) };
        for (const handler of ['handler-1', undefined])
          await world.enqueueRaw({ id: newId(), handler, ...message });
      }

      await member.start();
      await Promise.all([often, continued].map((heard) => heard.count(indexes.length)));
      await eventually(async () => {
        const { waiting, delayed, active } = await member.queue.counts(JOBS);
        return waiting + delayed + active === 0;
      });

      expect([...new Set(once.items)].sort()).toEqual(indexes);
      expect(once.items).toHaveLength(indexes.length * (inbox ? 1 : 2));
      expect([...often.items].sort()).toEqual(indexes);
      expect(member.errors).toEqual([]);
    },
  },
  {
    title:
      'Q38 a message with an odd event of another program is a dead letter that can be found and dropped',
    needs: ['crossProcess', 'deadLetters'],
    async run(world) {
      const member = world.member({ unknownHandler: 0 });
      member.handle(Job, () => undefined);
      for (const type of FOREIGN_TEXTS) {
        const body = JSON.stringify({ specversion: '1.0', id: type, source: type, type });
        await world.enqueueRaw({ id: newId(), event: 'foreign', body });
      }

      await member.start();
      const letters = member.queue.deadLetters(JOBS);
      await eventually(async () => (await letters.count()) === FOREIGN_TEXTS.length);

      const [first] = await letters.list();
      expect(await letters.inspect(first?.id as string)).toMatchObject({
        reason: 'unknown handler',
      });
      expect(await letters.drop({})).toBe(FOREIGN_TEXTS.length);
    },
  },
  {
    title: 'Q38 an id that no message has is found nowhere, whatever it is',
    needs: ['deadLetters'],
    async run(world) {
      const { cancel, delay, reschedule, status } = world.capabilities;
      const member = world.member();
      await member.start();
      if (delay) await member.queue.defer(Job, 1, { queue: JOBS, delay: '10m' });
      const letters = member.queue.deadLetters(JOBS);

      for (const id of NO_IDS) {
        expect([
          cancel && (await member.queue.cancel(id, JOBS)),
          reschedule && (await member.queue.reschedule(id, 1, JOBS)),
          status ? await member.queue.status(id, JOBS) : undefined,
          await letters.retry(id),
          await letters.drop(id),
          await codeOf(() => letters.inspect(id)),
          await codeOf(() => letters.edit(id, 1)),
        ]).toEqual([false, false, undefined, 0, 0, 'CAR5014', 'CAR5014']);
      }
    },
  },
];

/** Each text that the sender may choose is odd. */
function foreignJob(index: number): string {
  const text = FOREIGN_TEXTS[index];
  return JSON.stringify({
    specversion: '1.0',
    id: text,
    source: text,
    type: 'compliance.job',
    eventkind: 'token',
    subject: text,
    correlationid: text,
    causationid: text,
    traceparent: text,
    tracestate: text,
    partitionkey: text,
    other: text,
    data: index,
  });
}
