/** What several users share is opened for the first of them, and closed after the last. */
import { expect, it } from '@jest/globals';
import { Shared } from '../../src/engines/shared.js';

interface Thing {
  readonly number: number;
  readonly users: ReadonlySet<string>;
}

/** Things that are numbered, and what has happened to them. */
function things() {
  const log: string[] = [];
  let count = 0;
  let failure: Error | undefined;
  const shared = new Shared<string, Thing>(
    async (users) => {
      count += 1;
      log.push(`open ${count}`);
      if (failure !== undefined) throw failure;
      return { number: count, users };
    },
    async ({ number }) => void log.push(`close ${number}`),
  );
  const failWith = (error: Error | undefined) => {
    failure = error;
  };
  return { shared, log, failWith };
}

it('opens once for all that join, and closes when the last one leaves', async () => {
  const { shared, log } = things();
  const [first, second] = await Promise.all([shared.join('a'), shared.join('b')]);
  expect(second.opened).toBe(first.opened);
  await first.leave();
  expect(log).toEqual(['open 1']);
  expect(shared.isOpen).toBe(true);
  await second.leave();
  expect(log).toEqual(['open 1', 'close 1']);
  expect(shared.isOpen).toBe(false);
});

it('opens again for who joins after the last one has left', async () => {
  const { shared, log } = things();
  const first = await shared.join('a');
  const left = first.leave();
  const second = await shared.join('b');
  await left;
  expect(second.opened.number).toBe(2);
  expect(log).not.toContain('close 2');
});

it('tells an opening its own users only, in their order', async () => {
  const { shared } = things();
  const joined = await Promise.all([shared.join('a'), shared.join('b')]);
  const [{ opened }] = joined;
  expect([...opened.users]).toEqual(['a', 'b']);
  await Promise.all(joined.map(({ leave }) => leave()));
  const later = await shared.join('c');
  expect([...opened.users]).toEqual([]);
  expect([...later.opened.users]).toEqual(['c']);
});

it('rejects for all that wait when the opening fails, and opens for the next one', async () => {
  const { shared, log, failWith } = things();
  failWith(new Error('no server'));
  const results = await Promise.allSettled([shared.join('a'), shared.join('b')]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(log).toEqual(['open 1']);
  failWith(undefined);
  const { opened } = await shared.join('c');
  expect([...opened.users]).toEqual(['c']);
  expect(log).toEqual(['open 1', 'open 2']);
});
