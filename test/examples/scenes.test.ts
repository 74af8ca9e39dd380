/** The scenes example as a user runs it, in a shorter game. */
import { describe, expect, it } from '@jest/globals';
import { Program } from '../support/program.js';

const MAIN = 'build/examples/scenes/main.js';

describe('examples/scenes', () => {
  it('S4 ends scenes whose tasks sleep and whose queue is full, and nothing of them ever runs again', async () => {
    const { code, output } = await new Program([MAIN, '--steps', '2000']).ended;

    expect(output).toMatch(/2\d\d\d steps with 500 bodies, 10 scene changes/);
    expect(output.match(/left 500 sleeping tasks and [1-9]\d* messages, passed over \d+\n/g)).toHaveLength(10);
    expect(output).toMatch(/[\d.]+ % of it were events/);
    expect(output).toContain('Nothing of a former scene ever ran.');
    expect(code).toBe(0);
  }, 180_000);
});
