/** Cases: messages whose handler is not there, or not any more. */
import { newId } from '../../events/new-id.js';
import { Scope } from '../../scope/scope.js';
import { JOBS, type QueueMember } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, Recorder } from '../waiting.js';
import { Job, ParcelSent, Text } from './events.js';

/** Milliseconds: long enough to be seen, and no longer. */
const SHORT = 100;

async function onlyDeadLetter(member: QueueMember) {
  await eventually(async () => (await member.queue.deadLetters(JOBS).count()) === 1);
  const [letter] = await member.queue.deadLetters(JOBS).list();
  return letter;
}

export const forgottenCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title:
      'Q19 a message whose handler no longer takes its event is told, and dead when its time is over',
    needs: ['crossProcess', 'deadLetters'],
    async run(world) {
      const [before, after] = [world.member(), world.member({ unknownHandler: SHORT })];
      before.handle(Job, () => undefined, { id: 'clerk' });
      await before.queue.defer(Job, 1);
      after.handle(Text, () => undefined, { id: 'clerk' });
      await after.start();

      const letter = await onlyDeadLetter(after);

      expect(letter).toMatchObject({ reason: 'unknown handler', handler: 'clerk', attempt: 1 });
      expect(after.errors.map(({ code }) => code)).toEqual(['CAR5023', 'CAR5009']);
    },
  },
  {
    title:
      'Q19 nothing behind a message whose handler no longer takes it stands still in its ordering key',
    needs: ['crossProcess', 'orderingKey', 'deadLetters'],
    async run(world) {
      const [before, after] = [world.member(), world.member({ unknownHandler: '10m' })];
      const heard = new Recorder<string>();
      before.handle(Job, () => undefined, { id: 'clerk' });
      before.handle(Text, () => undefined, { id: 'clerk-2' });
      await before.queue.defer(Job, 1, { orderingKey: 'one' });
      after.handle(Text, heard.record, { id: 'clerk', previousIds: ['clerk-2'] });
      await after.start();
      await eventually(() => after.errors.length > 0);
      await after.queue.defer(Text, 'behind', { orderingKey: 'one' });

      expect(await heard.count(1)).toEqual(['behind']);
    },
  },
  {
    title:
      'Q19 messages of one ordering key whose handler nobody knows wait together, and no longer than one of them',
    needs: ['crossProcess', 'orderingKey', 'deadLetters'],
    async run(world) {
      const [before, after] = [world.member(), world.member({ unknownHandler: 10 * SHORT })];
      before.handle(Job, () => undefined, { id: 'old' });
      await before.queue.deferAll(
        Array.from({ length: 200 }, (_, number) => [Job, number, { orderingKey: 'one' }]),
      );
      after.handle(Job, () => undefined, { id: 'new' });
      await after.start();

      // One after another, they would need two hundred seconds, which is more than a test has.
      await eventually(async () => (await after.queue.deadLetters(JOBS).count()) === 200);

      const reasons = (await after.queue.deadLetters(JOBS).list()).map(({ reason }) => reason);
      expect(new Set(reasons)).toEqual(new Set(['unknown handler']));
    },
  },
  {
    title: 'Q19 a message for a queue that nobody serves is told, and dead when its time is over',
    needs: ['crossProcess', 'presence', 'deadLetters'],
    async run(world) {
      const sender = world.member({ unserved: SHORT });
      await sender.start();
      await sender.queue.defer(Job, 1, { queue: JOBS });
      await sender.queue.defer(Job, 2, { queue: JOBS });
      await eventually(async () => (await sender.queue.deadLetters(JOBS).count()) === 2);

      const [letter] = await sender.queue.deadLetters(JOBS).list();
      expect(letter).toMatchObject({ reason: 'unknown handler', event: 'compliance.job' });
      expect(sender.errors.map(({ code }) => code)).toEqual(['CAR5024', 'CAR5024', 'CAR5024']);

      const worker = world.member();
      const heard = new Recorder<number>();
      worker.handle(Job, heard.record);
      await worker.start();
      await worker.queue.deadLetters(JOBS).retry({});
      expect(await heard.count(2)).toEqual([1, 2]);
    },
  },
  {
    title:
      'Q19 a message for a queue that nobody serves is told by its sender, and waits for a worker',
    needs: ['crossProcess', 'no presence'],
    async run(world) {
      const [sender, worker] = [world.member({ unserved: SHORT }), world.member()];
      const heard = new Recorder<number>();
      await sender.start();
      await sender.queue.defer(Job, 1, { queue: JOBS });
      await eventually(() => sender.errors.length > 0);
      worker.handle(Job, heard.record);
      await worker.start();

      expect(await heard.count(1)).toEqual([1]);
      expect(sender.errors.map(({ code }) => code)).toEqual(['CAR5024']);
    },
  },
  {
    title: 'Q19 a message whose handler has no instance is told and dead when its time is over',
    needs: ['deadLetters'],
    async run(world) {
      const member = world.member({ absentHandler: SHORT });
      const scope = new Scope(member.scope.runtime, { name: 'page' }, member.scope);
      member.handle(Job, () => undefined, {}, scope);
      await member.start();
      await scope.disposeAsync();
      await member.queue.defer(Job, 1);

      const letter = await onlyDeadLetter(member);

      expect(letter).toMatchObject({ reason: 'absent handler', handler: 'handler-1' });
      expect(member.errors.map(({ code }) => code)).toEqual(['CAR5021']);
    },
  },
  {
    title: 'Q35 an old worker gives back what it has no handler for, until a newer one does it',
    needs: ['crossProcess', 'deadLetters'],
    async run(world) {
      const [old, sender, newer] = [world.member(), world.member(), world.member()];
      const heard = new Recorder<unknown>();
      old.handle(ParcelSent, () => undefined, { id: 'parcels' });
      await old.start();
      sender.handle(Job, () => undefined, { id: 'jobs' });
      await sender.queue.defer(Job, 7);
      await world.enqueueRaw({
        id: newId(),
        event: 'compliance.text',
        body: JSON.stringify({
          specversion: '1.0',
          id: 'text',
          source: '/compliance',
          type: 'compliance.text',
          eventkind: 'token',
          data: 'seven',
        }),
      });
      await eventually(() => old.errors.length === 2);
      await old.stop();
      newer.handle(Job, heard.record, { id: 'jobs' });
      newer.handle(Text, heard.record, { id: 'texts' });
      await newer.start();
      await heard.count(2);

      expect([...heard.items].sort()).toEqual([7, 'seven']);
      expect(old.errors.map(({ code }) => code)).toEqual(['CAR5023', 'CAR5023']);
      expect(await newer.queue.deadLetters(JOBS).count()).toBe(0);
    },
  },
  {
    title: 'Q18 the id of a handler is the same when its class is called something else',
    needs: ['crossProcess'],
    async run(world) {
      const [before, after] = [world.member(), world.member()];
      const heard = new Recorder<number>();
      before.handleAs('a', Job, () => undefined);
      const { messages } = await before.queue.defer(Job, 7);
      after.handleAs('a', Text, () => undefined);
      after.handleAs('b', Job, heard.record);
      await after.start();

      expect(await heard.count(1)).toEqual([7]);
      expect(messages.map(({ handler }) => handler)).toEqual(['compliance.job/run']);
    },
  },
];
