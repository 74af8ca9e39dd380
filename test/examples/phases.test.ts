/** The phases example as a user runs it, under a load of thousands of requests. */
import { describe, expect, it } from '@jest/globals';
import { Program } from '../support/program.js';

const MAIN = 'build/examples/phases/main.js';

describe('examples/phases', () => {
  it('E11 lets later phases read what earlier ones found, and leaves no listener of thousands of requests at once', async () => {
    const { code, output } = await new Program([MAIN, '2000', '8000']).ended;

    expect(output).toContain('8000 requests, 2000 at once');
    expect(output).toMatch(/ 2000 × 401 nobody\n/);
    expect(output).toMatch(/ 100 × 200 mallory\n/);
    expect(output).toMatch(/ 1900 × 429 mallory\n/);
    expect(output).toContain('full     2001 scopes, 8001 handlers, 0 running, 0 timers, 0 queued');
    expect(output).toContain('quiet    1 scopes, 1 handlers, 0 running, 0 timers, 0 queued');
    expect(output).toContain('stopped  0 scopes, 0 handlers, 0 running, 0 timers, 0 queued');
    expect(output).toContain('No listener was left behind.');
    expect(code).toBe(0);
  });
});
