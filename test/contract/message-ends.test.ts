/** Contract: every message comes to an end, whatever is wrong with it or with the error that it causes. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { EventQueue } from 'carillon';
import { start, stop } from 'carillon/inversify';
import type { Container } from 'inversify';
import { rootContainer } from '../support/container.js';
import { engineByHand, STORED } from '../support/engine-by-hand.js';
import {
  applicationOn,
  handle,
  JOBS,
  Job,
  memoryEngine,
  type QueueEngine,
  sqliteEngine,
  until,
} from '../support/queue-engines.js';

const engines: QueueEngine[] = [];
const containers: Container[] = [];

afterEach(async () => {
  for (const container of containers.splice(0)) await stop(container, { drain: 0, abort: 0 });
  for (const engine of engines.splice(0)) engine.close();
});

function application(engine: QueueEngine, options: Parameters<typeof applicationOn>[1] = {}) {
  const created = applicationOn(engine, options);
  containers.push(created.container);
  engines.push(engine);
  return created;
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable(new Error('gone'), {});
  revoke();
  return proxy;
}

/** An error whose every property throws. */
function locked(): unknown {
  return new Proxy(new Error('locked'), {
    get(_, name) {
      throw new RangeError(`${String(name)} is locked`);
    },
  });
}

const THROWN: readonly (readonly [what: string, make: () => unknown])[] = [
  ['an object without a prototype', () => Object.create(null)],
  ['a revoked proxy', revoked],
  ['an error that throws when it is read', locked],
  ['a symbol', () => Symbol('odd')],
  ['nothing', () => undefined],
  [
    'an error with a number as its message',
    () => Object.assign(new Error('later'), { message: 7n, code: 1n }),
  ],
  [
    'an error with NUL and half a sign',
    () => Object.assign(new Error('a\0b\uD800'), { code: '\0' }),
  ],
  ['an error of 10 MB', () => new Error('x'.repeat(10_000_000))],
];

describe.each([
  ['memory', memoryEngine],
  ['SQLite', sqliteEngine],
])('a message on %s whose handler throws', (_, open) => {
  it.each(THROWN)(
    'E16 Q37 %s is a dead letter after its attempts, and stops nothing',
    async (_what, make) => {
      const { container, queue, errors } = application(open(), { attempts: 3, backoff: 0 });
      const heard: number[] = [];
      handle(
        container,
        (payload, { message }) => {
          heard.push(payload);
          if (payload === 1) throw make();
          if (payload === 2) return Promise.reject(make());
          return message?.attempt;
        },
        { giveUpOn: [TypeError, 'E_OTHER'] },
      );
      await start(container);

      await queue.deferAll([
        [Job, 1],
        [Job, 2],
        [Job, 3],
      ]);
      await until(async () => heard.includes(3) && (await queue.deadLetters(JOBS).count()) === 2);

      expect(heard.sort()).toEqual([1, 1, 1, 2, 2, 2, 3]);
      expect(errors.filter(({ code }) => code === 'CAR4001')).toHaveLength(6);
      for (const { failure, reason, attempt } of await queue.deadLetters(JOBS).list()) {
        expect({ reason, attempt }).toEqual({ reason: 'failed', attempt: 3 });
        expect(failure.message).not.toMatch(/[\0\p{Surrogate}]/u);
        expect(JSON.stringify(failure).length).toBeLessThan(10_000);
      }
    },
  );
});

describe('a message that does not come as far as its handler', () => {
  it('Q37 what fails unforeseen is tried as often as the queue says, and is then a dead letter, with a report each time', async () => {
    const { engine, outcome } = engineByHand(async () => []);
    const { container, errors } = application(engine, { attempts: 2, backoff: 10 });
    handle(container, () => undefined);
    await start(container);
    const torn = {
      ...STORED,
      get body(): string {
        throw new TypeError('a header is broken');
      },
    };
    const broken = Object.defineProperties({}, Object.getOwnPropertyDescriptors(torn));

    expect(await outcome(broken, 1)).toMatchObject({ type: 'retry' });
    expect(await outcome(broken, 2)).toMatchObject({
      type: 'giveUp',
      reason: 'unreadable',
      failure: { code: 'CAR5022' },
    });
    expect(errors.map(({ code, cause }) => [code, (cause as Error).message])).toEqual([
      ['CAR5022', 'a header is broken'],
      ['CAR5022', 'a header is broken'],
    ]);
  });

  it('Q37 what cannot be stored for each of its handlers is a dead letter after its attempts', async () => {
    const { engine, outcome } = engineByHand(async () => {
      throw new RangeError('too large');
    });
    const { container } = application(engine, { backoff: 10 });
    handle(container, () => undefined, { id: 'one' });
    handle(container, () => undefined, { id: 'other' });
    await start(container);

    const types: string[] = [];
    for (const attempt of [1, 2, 3]) types.push((await outcome(STORED, attempt)).type);

    expect(types).toEqual(['retry', 'retry', 'giveUp']);
  });

  it('Q37 an inbox that forgets what was done does not have it done again', async () => {
    const keys: string[] = [];
    const inbox = {
      has: (key: string) => {
        keys.push(key);
        return false;
      },
      add: () => Promise.reject(new Error('full')),
    };
    const { engine, outcome } = engineByHand(async () => []);
    const { container, errors } = application(engine, { inbox });
    const heard: number[] = [];
    handle(container, (payload) => heard.push(payload), { idempotent: true });
    await start(container);
    const long = STORED.body.replace('"id":"1"', `"id":"${'x'.repeat(5000)}"`);

    expect(await outcome(STORED, 1)).toEqual({ type: 'done' });
    expect(errors.map(({ code }) => code)).toEqual(['CAR5017']);
    await outcome({ ...STORED, body: long }, 1);
    expect(keys.map(({ length }) => length <= 600)).toEqual([true, true]);
  });
});

describe('an error handler', () => {
  it('E16 one that rejects is printed with what it was to report; the message comes to its end', async () => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const failure = new Error('the report server is away');
    const { container } = rootContainer({
      clock: undefined,
      onError: () => Promise.reject(failure),
    });
    containers.push(container);
    const queue = container.get(EventQueue);
    handle(container, () => {
      throw new Error('no ink');
    });
    await start(container);

    await queue.defer(Job, 1);
    await until(async () => (await queue.deadLetters(JOBS).count()) === 1);
    await until(() => printed.mock.calls.length === 2);

    expect(printed.mock.calls.map(([value]) => value)).toEqual([
      expect.objectContaining({ code: 'CAR4001' }),
      failure,
    ]);
    printed.mockRestore();
  });
});
