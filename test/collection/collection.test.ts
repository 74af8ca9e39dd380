/** What the garbage collector takes, each in a process of its own: here everything would be kept by the test runner. */
import { describe, expect, it } from '@jest/globals';
import { Program } from '../support/program.js';

describe('the garbage collector', () => {
  it('L9 L10 takes what was disposed, unbound, done or forgotten, and leaves what the bus and the queue hear for', async () => {
    const { code, output } = await new Program(['--expose-gc', 'test/collection/collected.mjs'])
      .ended;

    expect([code, JSON.parse(output)]).toEqual([
      0,
      {
        held: 2,
        watched: 17,
        alive: [
          'kept by the bus: the instance',
          'kept by the bus: the container',
          'kept by the bus: the scope',
        ],
        reports: ['CAR3011 "application/forgotten"'],
        scopes: ['application/kept by the bus', 'application'],
      },
    ]);
  }, 60_000);

  it('L11 leaves the heap where it was after many scopes of five handlers', async () => {
    const { code, output } = await new Program([
      '--expose-gc',
      'bench/soak.mjs',
      '--scopes',
      '40000',
    ]).ended;

    expect([code, output]).toEqual([0, expect.stringContaining('within')]);
  }, 120_000);
});

describe('a process', () => {
  it('L17 has no open handle of ours after stop(), and ends by itself', async () => {
    const { code, output } = await new Program(['test/collection/stopped.mjs']).ended;

    expect([code, JSON.parse(output)]).toEqual([0, { during: true, after: 0, isEmpty: true }]);
  }, 60_000);
});
