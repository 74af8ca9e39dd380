/** The worker of a polled queue, with a source that the test answers for. */
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { Outcome } from 'carillon/engine';
import { PullConsumer, type PullConsumerOptions } from '../../src/engines/pull-consumer.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { claimOf, type HandMessage, SourceByHand } from '../support/source-by-hand.js';

/** A third of it, after which leases are renewed, is less than the time for which messages stay in hand. */
const LEASE = 240;
const DONE: Outcome = { type: 'done' };
const RETRY: Outcome = { type: 'retry', after: 10, failure: { name: 'Error', message: 'no ink' } };

let clock: ManualClock;
let now: number;
let source: SourceByHand;
let consumer: PullConsumer<HandMessage> | undefined;
let begun: string[];
/** Ends the handlers that are in progress. */
let ends: Map<string, (outcome: Outcome) => void>;

beforeEach(() => {
  clock = new ManualClock();
  now = 0;
  source = new SourceByHand();
  begun = [];
  ends = new Map();
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  // Every handler is quick.
  jest.spyOn(performance, 'now').mockReturnValue(0);
});

afterEach(async () => {
  const stopped = consumer?.stop();
  while (ends.size > 0) await end([...ends.keys()].join(''));
  await stopped;
  jest.restoreAllMocks();
});

/** Its handlers settle when the test says so. */
async function start(options: Partial<PullConsumerOptions<HandMessage>> = {}): Promise<void> {
  consumer = new PullConsumer<HandMessage>({
    queue: 'jobs',
    source,
    context: { clock, report: () => undefined },
    work: ({ id }) => {
      begun.push(id);
      return new Promise((resolve) => ends.set(id, resolve));
    },
    concurrency: 4,
    poll: 30_000,
    pause: 100,
    lease: LEASE,
    ...options,
  });
  await settle();
}

/** @param ids of handlers, each of one letter */
async function end(ids: string, outcome: Outcome = DONE): Promise<void> {
  for (const id of ids) {
    ends.get(id)?.(outcome);
    ends.delete(id);
  }
  await settle();
}

function offer(...claims: string[]): void {
  for (const words of claims) source.offers.push(() => claimOf(words));
}

const atOnce = (): Outcome => DONE;

it('Q6 begins what is behind a message once that is done, in order', async () => {
  offer('abc');
  await start();

  const steps = [[...begun]];
  for (const id of 'ab') {
    await end(id);
    steps.push([...begun]);
  }

  expect(steps).toEqual([['a'], ['a', 'b'], ['a', 'b', 'c']]);
  expect(source.settled).toEqual(['a done', 'b done']);
});

it('Q6 Q7 is given more of a key only where several may be in progress and none has a single attempt', async () => {
  const asked: Record<string, unknown> = {};
  const workers = {
    usual: {},
    single: { concurrency: 1 },
    'at most once': { mayRepeat: () => false },
  };
  for (const [name, options] of Object.entries(workers)) {
    source = new SourceByHand();
    offer('a');
    await start({ work: atOnce, ...options });
    consumer?.wake();
    await settle();
    asked[name] = source.asked.at(-1);
    await consumer?.stop();
  }

  expect(asked).toEqual({
    usual: { count: 4, behind: 1 },
    single: { count: 1, behind: 0 },
    'at most once': { count: 4, behind: 0 },
  });
});

it('Q7 never has more in progress than it may, whatever is behind', async () => {
  offer('abc def', 'ghi', 'jkl');
  await start({ concurrency: 3 });
  let most = 0;

  while (ends.size > 0) {
    most = Math.max(most, ends.size);
    await end([...ends.keys()][0] as string);
  }

  expect({ most, begun: [...begun].sort().join('') }).toEqual({ most: 3, begun: 'abcdefghijkl' });
  expect(source.asked.every(({ count }) => count > 0)).toBe(true);
});

it.each<[string, () => unknown]>([
  ['a pause', () => consumer?.pause()],
  ['a stop', () => void consumer?.stop()],
  ['the loss of the first', () => losing('a')],
])('Q6 Q16 Q25 gives back what has not begun at %s', async (_, happen) => {
  offer('abc');
  await start();

  await happen();
  await settle();
  const before = [...source.returned];
  await end('a');

  expect({ before, begun, settled: source.settled }).toEqual({
    before: ['b', 'c'],
    begun: ['a'],
    settled: ['a done'],
  });
});

it.each<[string, () => unknown]>([
  ['paused', () => consumer?.pause()],
  ['stopped', () => void consumer?.stop()],
])('Q6 Q16 begins nothing that it is given once it is %s, and gives it back', async (_, happen) => {
  let give: () => void = () => undefined;
  source.offers.push(
    () =>
      new Promise((resolve) => {
        give = () => resolve(claimOf('abc d'));
      }),
  );
  await start();

  happen();
  give();
  await settle();

  expect({ begun, settled: source.settled }).toEqual({
    begun: [],
    settled: ['a goBack b c', 'd goBack'],
  });
});

it.each<[string, () => unknown]>([
  ['paused', () => consumer?.pause()],
  ['stopped', () => void consumer?.stop()],
])(
  'Q6 Q19 tells the others of what it leaves while it is %s, and of nothing before',
  async (_, happen) => {
    offer('abc', 'de');
    await start();
    await end('a');
    const before = source.told;

    happen();
    await settle();
    const given = source.told;
    await end('bd');

    expect({ before, given, after: source.told }).toEqual({ before: 0, given: 1, after: 2 });
  },
);

it('Q3 Q6 gives back what is behind a message that fails, in one step with it', async () => {
  offer('abc');
  await start();

  await end('a', RETRY);

  expect({ begun, settled: source.settled, returned: source.returned }).toEqual({
    begun: ['a'],
    settled: ['a retry b c'],
    returned: [],
  });
});

it('Q6 Q25 what it was given before it stood still begins once it is renewed, and goes back where it was lost', async () => {
  source.offers.push(() => {
    now += LEASE / 2;
    return claimOf('ab cd e');
  });
  source.lost.add('b').add('e');

  await start();

  expect({ begun, renewed: source.renewed, settled: source.settled }).toEqual({
    begun: ['c'],
    renewed: [['a', 'b', 'c', 'd', 'e']],
    settled: ['a goBack b', 'e goBack'],
  });
});

it('Q25 asks again where it stood still while its messages were renewed', async () => {
  source.offers.push(() => {
    now += LEASE;
    return claimOf('a');
  });
  source.beforeRenewal = () => {
    now += LEASE / source.renewed.length ** 2;
  };

  await start();

  expect({ begun, renewed: source.renewed }).toEqual({ begun: ['a'], renewed: [['a'], ['a']] });
});

it('Q6 Q25 gives back what it could not renew after it stood still', async () => {
  source.offers.push(() => {
    now += LEASE;
    return claimOf('ab');
  });
  source.beforeRenewal = () => {
    throw new Error('no answer');
  };

  await start();

  expect({ begun, settled: source.settled }).toEqual({ begun: [], settled: ['a goBack b'] });
});

it('Q25 what waited for a lock before it was given out has its whole lease', async () => {
  const claim = source.claim.bind(source);
  jest.spyOn(source, 'claim').mockImplementation((room) => {
    now += LEASE;
    return claim(room);
  });
  offer('a');

  await start();

  expect({ begun, renewed: source.renewed }).toEqual({ begun: ['a'], renewed: [] });
});

it('Q26 claims again after a claim that was used up, and not after one that was not', async () => {
  offer('a');
  await start({ concurrency: 2 });
  source.offers.push(async () => {
    await end('a');
    return claimOf('b');
  });
  consumer?.wake();
  await settle();
  await settle();

  expect(source.asked.map(({ count }) => count)).toEqual([2, 1, 1]);
});

it.each([
  ['of a key: others may wait for it', 'A', 'A', 2],
  ['of a key in hand: what is behind it is no other worker’s', 'abc', 'ab', 1],
  ['with room to spare: a claim has found nothing more', 'a', 'a', 1],
])('Q26 after the end of a message %s', async (_, words, ids, claims) => {
  offer(words);
  await start();
  for (const id of ids) await end(id);

  expect(source.asked).toHaveLength(claims);
});

/** Another worker has it by now. */
async function losing(id: string): Promise<void> {
  source.lost.add(id);
  await clock.advance(LEASE / 3);
}
