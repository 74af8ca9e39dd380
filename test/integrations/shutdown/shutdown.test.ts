/** The end of a real process by a signal. */
import { describe, expect, it } from '@jest/globals';
import { Program } from '../../support/program.js';

function worker(...args: string[]): Program {
  return new Program(['test/integrations/shutdown/worker.mjs', ...args]);
}

describe('a process that is told to end', () => {
  it('L2 L12 Q2 does what it has begun, then exits well', async () => {
    const program = worker('20000', 'plain');
    await program.printed(/begun a/);

    program.signal('SIGTERM');
    const { code, output } = await program.ended;

    expect({ code, split: output.trim().split('\n') }).toEqual({
      code: 0,
      split: [
        'begun a',
        'taking nothing new',
        'done a',
        expect.stringMatching(/^stopped, 0 left behind, empty: true/),
      ],
    });
  });

  it('L3 L17 leaves behind what does not end in time, and exits all the same', async () => {
    const program = worker('100', 'stuck');
    await program.printed(/begun never/);

    program.signal('SIGINT');
    const { code, output } = await program.ended;

    expect(output).toContain('stopped, 1 left behind, empty: true');
    expect(code).toBe(0);
  });

  it('exits with code 1 when what comes before fails, and has ended the application', async () => {
    const program = worker('20000', 'failing');
    await program.printed(/begun a/);

    program.signal('SIGTERM');
    const { code, output } = await program.ended;

    expect(output).toMatch(/done a\nstopped, 0 left behind/);
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringContaining('the server does not close'),
    });
  });

  it('L2 does what it has begun also where nobody asks for the report', async () => {
    const program = worker('20000', 'silent');
    await program.printed(/begun a/);

    program.signal('SIGTERM');

    expect(await program.ended).toEqual({
      code: 0,
      output: 'begun a\ntaking nothing new\ndone a\n',
    });
  });

  it('exits at once on a second signal', async () => {
    const program = worker('20000', 'stuck');
    await program.printed(/begun never/);
    program.signal('SIGTERM');
    await program.printed(/taking nothing new/);

    program.signal('SIGINT');
    const { code, output } = await program.ended;

    expect(output).toContain('second SIGINT, exiting');
    expect({ code, isStopped: output.includes('stopped') }).toEqual({ code: 1, isStopped: false });
  });
});
