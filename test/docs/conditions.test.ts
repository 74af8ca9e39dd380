/** The table of conditions names tests that exist. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROJECT } from '../support/program.js';

const page = readFileSync(join(PROJECT, 'docs/reports/conditions.md'), 'utf8');

const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\| (Condition|---)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

/** Of engines, and of the suites that every engine is run against. */
const titles = ['test/engines', 'src/compliance']
  .flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(PROJECT, folder, file), 'utf8')),
  )
  .join('\n');

describe('the page of conditions', () => {
  it('has rows of four cells', () => {
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter((cells) => cells.length !== 6)).toEqual([]);
  });

  it.each(rows.map(([, condition, , , shown]) => [condition, shown]))(
    'names a test for: %s (%s)',
    (_condition, shown) => {
      expect(titles).toContain(shown);
    },
  );
});
