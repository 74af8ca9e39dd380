/** The recipes for other containers: each is a short program that prints what its handlers did. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { PROJECT } from '../support/program.js';

const run = promisify(execFile);

const PRINTS: Readonly<Record<string, string>> = {
  adonisjs: 'in the basket: a bell\n',
  loopback: 'in the basket: a bell\n',
  'needle-di': 'in the basket: a bell\n',
  'no-container': 'reserved a bell\na bell\n',
  tsed: 'in the basket: a bell\n',
  'typed-inject': 'in the basket: a bell\n',
  typedi: 'in the basket: a bell\n',
};

describe('the recipes for containers', () => {
  it.each(Object.entries(PRINTS))(
    '%s hears within its request, and ends by itself',
    async (name, prints) => {
      const program = join(PROJECT, `build/examples/containers/${name}.js`);

      const { stdout } = await run(process.execPath, [program]);

      expect(stdout).toBe(prints);
    },
  );

  it('are all here, and none is longer than forty lines of code', () => {
    const files = readdirSync(join(PROJECT, 'examples/containers'));
    const lines = files.map((file) => {
      const text = readFileSync(join(PROJECT, 'examples/containers', file), 'utf8');
      return text.split('\n').filter((line) => line.trim() !== '').length;
    });

    expect(files.map((file) => file.replace('.ts', '')).sort()).toEqual(Object.keys(PRINTS).sort());
    expect(Math.max(...lines)).toBeLessThanOrEqual(40);
  });
});
