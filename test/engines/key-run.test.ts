/** Messages of one ordering key in the hands of a worker: when they begin, and when they go back. */
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { KeyRun } from '../../src/engines/key-run.js';
import { ManualClock, settle } from '../support/manual-clock.js';

const LEASE = 1000;

let clock: ManualClock;
let now: number;
let returned: string[];
let stored: () => void;

beforeEach(() => {
  clock = new ManualClock();
  now = 0;
  returned = [];
  stored = () => undefined;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});

afterEach(() => {
  jest.restoreAllMocks();
});

function run(rest: readonly string[], { since = 0 } = {}): KeyRun<string> {
  return new KeyRun<string>({
    rest,
    clock,
    since,
    lease: LEASE,
    giveBack: async (messages) => {
      returned.push(...messages);
      await new Promise<void>((resolve) => {
        stored = resolve;
      });
    },
  });
}

it('Q6 gives out what is behind in order, for a tenth of a second', () => {
  const keys = run(['2', '3', '4', '5']);

  const before = [keys.next(), keys.next()];
  now = 100;

  expect({ before, after: keys.next() }).toEqual({ before: ['2', '3'], after: undefined });
  expect(keys.size).toBe(2);
});

it('Q25 gives out nothing in the second half of the lease: it was asked for long ago', () => {
  now = LEASE / 2;

  expect(run(['2']).next()).toBeUndefined();
});

it('Q6 gives back what is behind a message that takes its time', async () => {
  const keys = run(['2', '3', '4']);
  const begun = keys.next();

  await clock.advance(99);
  const early = [...returned];
  await clock.advance(1);

  expect({ begun, early, returned }).toEqual({ begun: '2', early: [], returned: ['3', '4'] });
  expect(keys.next()).toBeUndefined();
});

it('Q6 is settled once what it has given back, and what is being stored, is stored', async () => {
  const keys = run(['2', '3']);
  let done: () => void = () => undefined;
  keys.storing(
    new Promise((resolve) => {
      done = resolve;
    }),
  );
  void keys.giveBack();
  let isSettled = false;
  const settled = keys.settled().then(() => {
    isSettled = true;
  });

  stored();
  await settle();
  const before = isSettled;
  done();
  await settled;

  expect({ before, isSettled, returned }).toEqual({
    before: false,
    isSettled: true,
    returned: ['2', '3'],
  });
});

it('Q6 hands over what has not begun once, and gives it back no more', async () => {
  const keys = run(['2', '3']);
  keys.next();

  const taken = keys.take();
  await clock.advance(1000);
  await keys.giveBack();

  expect({ taken, returned, size: keys.size }).toEqual({ taken: ['3'], returned: [], size: 0 });
});
