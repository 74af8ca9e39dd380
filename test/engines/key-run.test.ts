/** Messages of one ordering key in the hands of a worker: when they begin, and when they go back. */
import { afterEach, expect, it, jest } from '@jest/globals';
import type { Outcome } from 'carillon/engine';
import { KeyRun } from '../../src/engines/key-run.js';
import { ManualClock, settle } from '../support/manual-clock.js';

const DONE: Outcome = { type: 'done' };
const LEASE_OVER = 1000;

afterEach(() => {
  jest.restoreAllMocks();
});

function run(rest: readonly string[], giveBack = async (_: readonly string[]) => undefined) {
  const clock = new ManualClock();
  const returned: string[] = [];
  const taken = new KeyRun<string>({
    rest,
    clock,
    until: LEASE_OVER,
    giveBack: async (messages) => {
      returned.push(...messages);
      await giveBack(messages);
    },
  });
  return { clock, returned, taken };
}

it('Q6 gives out what is behind in order, as long as the lease of the key holds', async () => {
  const now = jest.spyOn(Date, 'now').mockReturnValue(0);
  const { returned, taken } = run(['2', '3', '4', '5']);

  const before = [taken.next(), taken.next()];
  now.mockReturnValue(LEASE_OVER);
  const over = taken.next();
  taken.renewed(LEASE_OVER + 1);
  const renewed = taken.next();
  taken.lose();

  expect({ before, over, renewed }).toEqual({ before: ['2', '3'], over: undefined, renewed: '4' });
  expect(taken.next()).toBeUndefined();
  expect(returned).toEqual(['5']);
});

it('Q6 gives back what is behind a message that takes its time, before anything comes of its outcome', async () => {
  let stored: () => void = () => undefined;
  const { clock, returned, taken } = run(
    ['2', '3'],
    () =>
      new Promise((resolve) => {
        stored = () => resolve(undefined);
      }),
  );
  let end: (outcome: Outcome) => void = () => undefined;
  const pending = new Promise<Outcome>((resolve) => {
    end = resolve;
  });
  const known: Outcome[] = [];
  const outcome = taken.outcome(pending).then((one) => known.push(one));

  await clock.advance(99);
  const early = [...returned];
  await clock.advance(1);
  end(DONE);
  await settle();
  const meanwhile = [...known];
  stored();
  await outcome;

  expect({ early, returned, meanwhile, known }).toEqual({
    early: [],
    returned: ['2', '3'],
    meanwhile: [],
    known: [DONE],
  });
});
