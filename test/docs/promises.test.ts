/** The page of promises and the tests that name them agree. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROJECT } from '../support/program.js';

const promised = [
  ...readFileSync(join(PROJECT, 'docs/promises.md'), 'utf8').matchAll(/^- \*\*([A-Z]\d+)\*\* /gm),
].map(([, number]) => number as string);
const named = namedByTests();

describe('the page of promises', () => {
  it('numbers each promise once', () => {
    expect(promised.length).toBeGreaterThan(110);
    expect(new Set(promised).size).toBe(promised.length);
  });

  it('has a test for each promise', () => {
    expect(promised.filter((number) => !named.has(number))).toEqual([]);
  });

  it('has each promise that a test names', () => {
    expect([...named].filter((number) => !promised.includes(number))).toEqual([]);
  });
});

/** A title begins with the numbers of what it proves: `it('L3 …')`, `it('Q1, Q2 …')`. */
function namedByTests(): ReadonlySet<string> {
  const titles = /\(\s*['"`]((?:[WLEQS]\d+[\s,:]+)+)/g;
  const texts = readdirSync(join(PROJECT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(PROJECT, 'test', file), 'utf8'));
  return new Set(
    texts.flatMap((text) =>
      [...text.matchAll(titles)].flatMap(([, numbers]) => numbers?.match(/[WLEQS]\d+/g) ?? []),
    ),
  );
}
