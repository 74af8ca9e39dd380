/** Two copies of the package in one program: a library has its own, or one part of the program is CommonJS. */
import { cpSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Program } from '../support/program.js';

/** Where what it imports is found. */
const COPY = 'build/second-copy';

beforeAll(() => cpSync('dist', COPY, { recursive: true }));
afterAll(() => rmSync(COPY, { recursive: true, force: true }));

describe.each([
  ['the same once more', [COPY, 'js']],
  ['the CommonJS build beside the ES modules', ['dist', 'cjs']],
])('a second copy of the package, %s', (_, where) => {
  it('W18 its tokens, decorators, waits and errors work; a container of the other copy is refused', async () => {
    const { code, output } = await new Program(['test/package/second-copy.mjs', ...where]).ended;

    expect({ code, parse: JSON.parse(output) }).toEqual({
      code: 0,
      parse: {
        'emit without a payload': 'token',
        'emit with a payload': 'token',
        'emit with options': 'token',
        emitAsync: 'token',
        'a topic': 'topic',
        on: 'level',
        sticky: 1,
        publish: 'published',
        attempts: 2,
        errors: [true, false, true, false],
        'a failed handler': [true, true, false],
        'a task': 'done',
        'a task of ours': 'won',
        openScope: 'CAR2012 another copy',
        scopeOf: 'CAR2012 another copy',
        start: 'CAR2012 another copy',
        stop: 'CAR2012 another copy',
        audit: 'CAR2012 another copy',
        register: 'CAR2012 another copy',
        'an open scope': 'CAR2012 another copy',
      },
    });
  }, 600_000);
});
