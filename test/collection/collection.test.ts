/** What the garbage collector takes, each in a process of its own: here everything would be kept by the test runner. */
import { describe, expect, it } from '@jest/globals';
import { Program } from '../support/program.js';

describe('the garbage collector', () => {
  it('L9 L10 L23 takes what was disposed, unbound, done or forgotten, and leaves what the bus and the queue hear for', async () => {
    const { code, output } = await new Program(['--expose-gc', 'test/collection/collected.mjs'])
      .ended;

    expect({ code, parse: JSON.parse(output) }).toEqual({
      code: 0,
      parse: {
        held: 4,
        watched: 25,
        alive: [
          'kept by the bus: the instance',
          'kept by the bus: the container',
          'kept by the bus: the scope',
        ],
        reports: ['CAR3011 "application/forgotten"'],
        scopes: ['application/kept by the bus', 'application'],
      },
    });
  });

  it('L11 L23 leaves the heap where it was after many rounds of a handler that emits its own event again', async () => {
    const { code, output } = await new Program([
      '--expose-gc',
      'bench/soak.mjs',
      '--scopes',
      '0',
      '--rounds',
      '60000',
      '--builds',
      '0',
    ]).ended;

    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('within') });
  });

  it('L11 leaves the heap where it was after many scopes of five handlers', async () => {
    const { code, output } = await new Program([
      '--expose-gc',
      'bench/soak.mjs',
      '--scopes',
      '40000',
      '--rounds',
      '0',
      '--builds',
      '0',
    ]).ended;

    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('within') });
  });

  it('L11 W14 leaves the heap where it was after many builds that fail', async () => {
    const { code, output } = await new Program([
      '--expose-gc',
      'bench/soak.mjs',
      '--scopes',
      '0',
      '--rounds',
      '0',
      '--builds',
      '40000',
    ]).ended;

    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('within') });
  });
});

describe('a process', () => {
  it('L17 has no open handle of ours after stop(), and ends by itself', async () => {
    const { code, output } = await new Program(['test/collection/stopped.mjs']).ended;

    expect({ code, parse: JSON.parse(output) }).toEqual({
      code: 0,
      parse: { during: true, after: 0, isEmpty: true },
    });
  });
});
