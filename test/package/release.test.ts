/** The release script refuses what would be a wrong release, before it changes anything. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { PROJECT } from '../support/program.js';

const run = promisify(execFile);
const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
  version: string;
};

async function release(...args: readonly string[]): Promise<string> {
  const script = join(PROJECT, 'tools/release.mjs');
  try {
    return (await run(process.execPath, [script, ...args, '--dry-run'])).stdout.trim();
  } catch (error) {
    return (error as { stderr: string }).stderr.trim();
  }
}

describe('the release script', () => {
  it.each([
    [[], 'Say which version'],
    [['next'], 'Say which version'],
    [['0.0.1'], `0.0.1 does not come after ${version}.`],
    [[version], `${version} does not come after ${version}.`],
    [['99.0.0'], `${version} would become 99.0.0.`],
  ])('answers %j', async (args, answer) => {
    expect(await release(...args)).toContain(answer);
  });
});
