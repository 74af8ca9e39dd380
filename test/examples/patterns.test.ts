/** The patterns and the traps as a user runs them: each prints what it shows. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROJECT, Program } from '../support/program.js';

const MAIN = 'build/examples/patterns/main.js';

const PRINTED: Readonly<Record<string, readonly string[]>> = {
  'callback-list': ['meter shows 3', 'neighbours sleep', 'neighbours wake', '1 callback left'],
  emitter: ['warehouse packs bell 1', 'ledger books bell 1'],
  'publish-subscribe': [
    'audit notes bell 1',
    'first worker packs bell 1',
    'audit notes bell 2',
    'second worker packs bell 2',
    'audit notes bell 1',
    'the customer hears that bell 1 is on its way',
    'audit notes bell 2',
  ],
  queue: [
    'the step begins',
    'the step ends with 2 messages waiting',
    'clang: clapper against bell',
    'clang: bell against beam',
    '2 worked off, 0 waiting',
  ],
  once: ['alarm: front door', 'next was: cellar', '0 handlers left'],
  promise: [
    'early waiter: port 8080',
    'late comer: ready on port 8080',
    'late waiter: port 8080',
    'CAR4008: AppReady has been settled already. Settle it once.',
    'search: no index',
  ],
  coroutine: [
    '0: Ann turns round',
    '2000: Ann turns round',
    '2500: Ann is hit',
    '2500: Ann turns round',
    '2500: Ann puts the lantern out',
  ],
  'request-events': [
    'content for ann',
    'log: by ann',
    'log: 2 requests left',
    'another request knows of 0 users',
  ],
  'forgotten-listener': [
    'node:events after 1000 requests: 1000 listeners',
    'carillon during the last of 1000 requests: 2 handlers',
    'carillon after 1000 requests: 0 handlers',
  ],
  'handler-after-teardown': [
    'node:events: heard after it was removed',
    'carillon: nothing was heard after the end of the scope',
    'carillon reports CAR3004',
    'carillon: 1 message waits, and nobody of the scope that has ended works it off',
    'carillon reports CAR5004',
  ],
  'recursive-emit': [
    'node:events: RangeError',
    "CAR4006: changed was emitted inside itself more than 3 times: changed > heat > changed > heat > changed > heat > changed. Break the circle, or give the event reentrancy: 'queue'.",
    'step 1',
    'step 2',
    'step 3',
  ],
  'handler-order': [
    'by chance, and the chance is good:',
    '  invoice is written',
    '  mail with the invoice',
    'by chance, after somebody has sorted the bindings:',
    '  mail with the invoice',
    '  invoice is written',
    'said, in whatever order they are built:',
    '  invoice is written',
    '  mail with the invoice',
  ],
};

describe('examples/patterns', () => {
  it.each(Object.entries(PRINTED))('%s prints what it shows', async (name, lines) => {
    const { code, output } = await new Program([`build/examples/patterns/${name}.js`]).ended;

    expect(output.trimEnd().split('\n')).toEqual(lines);
    expect(code).toBe(0);
  });

  it('run one after another', async () => {
    const { code, output } = await new Program([MAIN]).ended;

    const all = Object.entries(PRINTED).map(([name, lines]) =>
      [`== ${name}`, ...lines, ''].join('\n'),
    );
    expect(output.trimEnd()).toBe(all.join('\n').trimEnd());
    expect(code).toBe(0);
  });

  it('run by name, and a name that is none is told', async () => {
    const named = await new Program([MAIN, 'once']).ended;
    const unknown = await new Program([MAIN, 'twice']).ended;

    expect(named.output).toMatch(/^== once\nalarm: front door\n/);
    expect(unknown.output).toContain('There is no twice.');
    expect({ namedCode: named.code, unknownCode: unknown.code }).toEqual({
      namedCode: 0,
      unknownCode: 2,
    });
  });

  it('are all compared here', () => {
    const files = readdirSync(join(PROJECT, 'examples/patterns')).filter(
      (file) => file.endsWith('.ts') && file !== 'main.ts',
    );

    expect(files.map((file) => file.slice(0, -'.ts'.length)).sort()).toEqual(
      Object.keys(PRINTED).sort(),
    );
  });
});
