/** What a suite refuses of its own cases. */
import { describe, expect, it, jest } from '@jest/globals';
import { defineSuite, type SuiteCase, expect as suiteExpect } from '../../src/compliance/suite.js';

interface World {
  close(): Promise<void>;
}

const none = async () => undefined;

/** Declares the cases to a runner that only collects them. */
function collect(cases: readonly SuiteCase<World>[], close = none) {
  const tests = new Map<string, () => Promise<void>>();
  const skipped: string[] = [];
  const ends: (() => Promise<void>)[] = [];
  const collected = Object.assign(
    (title: string, body: () => Promise<void>) => void tests.set(title, body),
    {
      skip: (title: string) => skipped.push(title),
    },
  );
  const runner = {
    describe: (_: string, body: () => void) => body(),
    it: collected,
    afterAll: (end: () => Promise<void>) => ends.push(end),
  };
  const real = Object.fromEntries(
    Object.keys(runner).map((name) => [name, Reflect.get(globalThis, name)]),
  );
  Object.assign(globalThis, runner);
  try {
    defineSuite(
      'a suite',
      cases,
      () => ({ close }),
      (capability) => capability === 'delay',
    );
  } finally {
    Object.assign(globalThis, real);
  }
  const end = async () => {
    for (const check of ends) await check();
  };
  return { tests, skipped, end };
}

describe('a suite', () => {
  it('leaves out what an engine cannot, by the name of what it lacks', () => {
    const { tests, skipped } = collect([
      { title: 'waits', needs: ['delay'], run: none },
      { title: 'orders', needs: ['delay', 'priority'], run: none },
      { title: 'refuses a delay', needs: ['no delay'], run: none },
    ]);

    expect([...tests.keys()]).toEqual(['waits']);
    expect(skipped).toEqual(['orders (left out: priority)']);
  });

  it('refuses two cases of one title', () => {
    const twice = { title: 'waits', run: none };

    expect(() => collect([twice, { ...twice }])).toThrow('a suite has two cases "waits".');
  });

  it('fails a case that expects nothing', async () => {
    const { tests } = collect([
      { title: 'expects', run: async () => suiteExpect(1).toBe(1) },
      { title: 'does not', run: none },
    ]);

    await tests.get('expects')?.();

    await expect(tests.get('does not')?.()).rejects.toThrow('The case expects nothing.');
  });

  it('prints a case that is run again', async () => {
    using info = jest.spyOn(console, 'info').mockImplementation(() => undefined);
    let runs = 0;
    const run = async () => {
      runs += 1;
      suiteExpect(runs).toBe(2);
    };
    const test = collect([{ title: 'fails at first', run }]).tests.get('fails at first');

    await expect(test?.()).rejects.toThrow();
    expect(info).not.toHaveBeenCalled();
    await test?.();

    expect(info).toHaveBeenCalledWith('a suite: run 2 times: fails at first');
  });

  it('fails as a whole when a case could not be cleaned up after', async () => {
    const { tests, end } = collect(
      [{ title: 'expects', run: async () => suiteExpect(1).toBe(1) }],
      async () => {
        throw new Error('stuck');
      },
    );

    await expect(tests.get('expects')?.()).rejects.toThrow('stuck');

    await expect(end()).rejects.toThrow('1 case(s) of a suite were not cleaned up after.');
  });

  it('cleans up after a case whose time is over, and fails as a whole', async () => {
    let closed = 0;
    const { tests, end } = collect(
      [{ title: 'waits for nothing', run: () => new Promise(() => undefined) }],
      async () => {
        closed += 1;
      },
    );
    void tests.get('waits for nothing')?.();
    // The world is made in the next turn.
    await Promise.resolve();

    await expect(end()).rejects.toThrow('1 case(s) of a suite were not cleaned up after.');
    expect(closed).toBe(1);
  });
});
