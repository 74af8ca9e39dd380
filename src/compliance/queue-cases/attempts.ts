/** Cases: what is tried again, and what is not. */
import type { CarillonError } from '../../../decorators/carillon-error.js';
import type { Delivery } from '../../../decorators/delivery.js';
import { newId } from '../../events/new-id.js';
import { UnrecoverableError } from '../../queue/retry-policy.js';
import { JOBS } from '../queue-member.js';
import type { QueueWorld } from '../queue-world.js';
import { expect, type SuiteCase } from '../suite.js';
import { eventually, OTHER_CLOCK, Recorder, stopwatch } from '../waiting.js';
import { Job } from './events.js';

/** No longer than a test can wait. */
const QUICK = { delay: 20, jitter: 0 };

class TransientError extends Error {}

export const attemptCases: readonly SuiteCase<QueueWorld>[] = [
  {
    title: 'Q3 a throw is tried again, until it is done',
    async run(world) {
      const member = world.member({ attempts: 3, backoff: QUICK });
      const heard = new Recorder<number>();
      member.handle(Job, (number: number) => {
        heard.record(number);
        if (heard.items.length < 3) throw new Error('not yet');
      });
      await member.start();

      await member.queue.defer(Job, 7);
      await heard.count(3);
      await eventually(async () => (await member.queue.counts(JOBS)).active === 0);

      expect(heard.items).toEqual([7, 7, 7]);
      expect(await member.queue.counts(JOBS)).toMatchObject({ waiting: 0, delayed: 0, dead: 0 });
    },
  },
  {
    title: 'Q3 attempts count up with each time that a message comes again',
    async run(world) {
      const member = world.member({ attempts: 3, backoff: QUICK });
      const heard = new Recorder<number | undefined>();
      member.handle(Job, (_: number, { message }: Delivery) => {
        heard.record(message?.attempt);
        throw new Error('again');
      });
      await member.start();

      await member.queue.defer(Job, 7);
      await heard.count(3);
      await eventually(async () => (await member.queue.counts(JOBS)).dead === 1);

      expect(heard.items).toEqual([1, 2, 3]);
    },
  },
  {
    title: 'Q3 is given up after the last attempt, and goes to the dead letters with its error',
    needs: ['deadLetters'],
    async run(world) {
      const member = world.member({ attempts: 2, backoff: QUICK });
      const heard = new Recorder<number>();
      member.handle(Job, async (number: number) => {
        heard.record(number);
        throw new TypeError('no ink');
      });
      await member.start();

      await member.queue.defer(Job, 7);
      await eventually(async () => (await member.queue.deadLetters(JOBS).count()) === 1);
      const [letter] = await member.queue.deadLetters(JOBS).list();

      expect(heard.items).toEqual([7, 7]);
      expect(letter).toMatchObject({
        handler: 'handler-1',
        event: 'compliance.job',
        reason: 'failed',
        attempt: 2,
        failure: { name: 'TypeError', message: 'no ink' },
      });
      expect(member.errors.map(({ code }) => code)).toEqual(['CAR4001', 'CAR4001', 'CAR5007']);
    },
  },
  {
    title:
      'E16 Q37 whatever is thrown counts as an attempt, ends in a dead letter with a text, and stops nothing',
    needs: ['deadLetters'],
    async run(world) {
      const member = world.member({ attempts: 2, backoff: QUICK });
      const heard = new Recorder<number>();
      const thrown = unreadable();
      member.handle(Job, (number: number) => {
        heard.record(number);
        if (number < thrown.length) throw thrown[number];
      });
      await member.start();

      const numbers = [...thrown.keys(), thrown.length];
      await member.queue.deferAll(numbers.map((number) => [Job, number]));
      const letters = member.queue.deadLetters(JOBS);
      await eventually(async () => (await letters.count()) === thrown.length);
      await heard.count(2 * thrown.length + 1);

      expect([...heard.items].sort()).toEqual([...numbers, ...thrown.keys()].sort());
      for (const { failure, reason } of await letters.list()) {
        expect(reason).toBe('failed');
        expect(typeof failure.message).toBe('string');
      }
      // A filter looks into each of the texts.
      expect(await letters.count({ error: 'no such text' })).toBe(0);
    },
  },
  {
    title: 'Q3 waits at least its backoff, which grows; jitter only adds',
    async run(world) {
      const member = world.member({ attempts: 3, backoff: { delay: 100, factor: 2, jitter: 0.5 } });
      const times = new Recorder<number>();
      const passed = stopwatch();
      member.handle(Job, () => {
        times.record(passed());
        throw new Error('again');
      });
      await member.start();

      await member.queue.defer(Job, 1);
      const [first = 0, second = 0, third = 0] = await times.count(3);

      expect(second - first >= 100 - OTHER_CLOCK).toBe(true);
      expect(third - second >= 200 - OTHER_CLOCK).toBe(true);
    },
  },
  {
    title: 'Q3 an unrecoverable error is not tried again',
    needs: ['deadLetters'],
    async run(world) {
      const member = world.member({ attempts: 5, backoff: QUICK });
      const heard = new Recorder<number>();
      member.handle(Job, (number: number) => {
        heard.record(number);
        throw new UnrecoverableError('closed for good');
      });
      await member.start();

      await member.queue.defer(Job, 1);
      await eventually(async () => (await member.queue.deadLetters(JOBS).count()) === 1);

      expect(heard.items).toEqual([1]);
    },
  },
  {
    title: 'Q3 what is tried again can be told by the class of the error',
    needs: ['deadLetters'],
    async run(world) {
      const member = world.member({ attempts: 2, backoff: QUICK });
      const heard = new Recorder<number>();
      member.handle(
        Job,
        (number: number) => {
          heard.record(number);
          throw number === 1 ? new TransientError('busy') : new Error('wrong');
        },
        { retryOn: [{ error: TransientError, attempts: 3 }] },
      );
      await member.start();

      await member.queue.deferAll([
        [Job, 1],
        [Job, 2],
      ]);
      await eventually(async () => (await member.queue.deadLetters(JOBS).count()) === 2);

      expect([...heard.items].sort()).toEqual([1, 1, 1, 2]);
    },
  },
  {
    title: 'an error handler that throws does not lose the message',
    async run(world) {
      const member = world.member({ attempts: 2, backoff: QUICK }, () => {
        throw new Error('the error handler fails, too');
      });
      const heard = new Recorder<number>();
      member.handle(Job, (number: number) => {
        heard.record(number);
        if (heard.items.length === 1) throw new Error('not yet');
      });
      await member.start();

      await member.queue.defer(Job, 7);

      expect(await heard.count(2)).toEqual([7, 7]);
    },
  },
  {
    title: 'Q7 a handler that takes longer than its time-out has failed, and is tried again',
    async run(world) {
      const member = world.member({ attempts: 2, backoff: QUICK });
      const heard = new Recorder<number>();
      member.handle(
        Job,
        (number: number) => {
          heard.record(number);
          return heard.items.length === 1 ? new Promise(() => undefined) : undefined;
        },
        { timeout: 50 },
      );
      await member.start();

      await member.queue.defer(Job, 7);

      expect(await heard.count(2)).toEqual([7, 7]);
      expect(member.errors[0]?.cause).toMatchObject({ code: 'CAR5006' });
    },
  },
  {
    title:
      'Q7 a handler whose time is over is told so by its signal, and what it does then is dropped',
    async run(world) {
      const member = world.member({ attempts: 2, backoff: QUICK });
      const heard = new Recorder<string>();
      member.handle(
        Job,
        async (_: number, { signal, message }: Delivery) => {
          if (message?.attempt === 2) return heard.record('again');
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          heard.record((signal.reason as CarillonError).code);
          throw signal.reason;
        },
        { timeout: 50 },
      );
      await member.start();

      await member.queue.defer(Job, 7);

      expect(await heard.count(2)).toEqual(['CAR5006', 'again']);
      expect(member.errors.map(({ code }) => code)).toEqual(['CAR4001']);
    },
  },
  {
    title:
      'a handler that keeps failing is left alone for a while; its messages wait, and no attempt is counted',
    async run(world) {
      const member = world.member({ attempts: 2, backoff: QUICK });
      const heard = new Recorder<[number: number, attempt: number | undefined]>();
      member.handle(
        Job,
        (number: number, { message }: Delivery) => {
          heard.record([number, message?.attempt]);
          if (heard.items.length <= 2) throw new Error('down');
        },
        { breaker: { failures: 2, cooldown: 200 }, attempts: 3 },
      );
      await member.start();

      await member.queue.deferAll([
        [Job, 1],
        [Job, 2],
      ]);
      await heard.count(4);

      // Either both have failed once, or one of them twice.
      const attemptsOf = (one: number) =>
        heard.items.filter(([number]) => number === one).map(([, attempt]) => attempt);
      const attempts = [attemptsOf(1), attemptsOf(2)];
      expect(attempts).toEqual(attempts.map((of) => of.map((_, index) => index + 1)));
      expect(attempts.every(({ length }) => length > 0)).toBe(true);
      expect(member.errors.filter(({ code }) => code === 'CAR5008')).toHaveLength(1);
    },
  },
  {
    title: 'Q4 what cannot be read goes to the dead letters at once, and stops nothing',
    needs: ['durable', 'deadLetters'],
    async run(world) {
      const member = world.member({ attempts: 5, backoff: QUICK });
      const heard = new Recorder<number>();
      member.handle(Job, heard.record);
      await world.enqueueRaw({
        id: newId(),
        handler: 'handler-1',
        event: 'compliance.job',
        body: '{ no envelope',
      });
      await member.start();

      await member.queue.defer(Job, 1);
      await heard.count(1);
      await eventually(async () => (await member.queue.deadLetters(JOBS).count()) === 1);
      const [letter] = await member.queue.deadLetters(JOBS).list();

      expect(letter).toMatchObject({ reason: 'unreadable', attempt: 1 });
      expect(heard.items).toEqual([1]);
    },
  },
  {
    title: 'Q15 a message for a handler that nobody knows is a loud dead letter',
    needs: ['crossProcess', 'deadLetters'],
    async run(world) {
      const [before, after] = [world.member(), world.member({ unknownHandler: 0 })];
      before.handle(Job, () => undefined, { id: 'old' });
      await before.queue.defer(Job, 1);
      after.handle(Job, () => undefined, { id: 'new' });
      await after.start();

      await eventually(async () => (await after.queue.deadLetters(JOBS).count()) === 1);
      const [letter] = await after.queue.deadLetters(JOBS).list();

      expect(letter).toMatchObject({
        reason: 'unknown handler',
        handler: 'old',
        failure: { code: 'CAR5009' },
      });
      expect(after.errors.map(({ code }) => code)).toEqual(['CAR5009']);
    },
  },
  {
    title: 'Q15 a handler does the messages of the names that it had',
    needs: ['crossProcess'],
    async run(world) {
      const [before, after] = [world.member(), world.member()];
      const heard = new Recorder<number>();
      before.handle(Job, () => undefined, { id: 'old' });
      await before.queue.defer(Job, 7);
      after.handle(Job, heard.record, { id: 'new', previousIds: ['older', 'old'] });

      await after.start();

      expect(await heard.count(1)).toEqual([7]);
    },
  },
];

/** Values that are hard to turn into a text, or to store. */
function unreadable(): readonly unknown[] {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwing = new Error('hidden');
  Object.defineProperty(throwing, 'message', {
    get: () => {
      throw new TypeError('not to be read');
    },
  });
  return [
    Object.create(null),
    proxy,
    throwing,
    new Error('with \0 and \uD800'),
    'a\0b\uD800',
    new Error('x'.repeat(2_000_000)),
    undefined,
  ];
}
