/**
 * What the compiler says of good and of bad use, with legacy and with standard decorators. In `errors/`, the line under
 * `// error: text` must fail with an error that contains the text, and no other line may fail; in `errors/none/` nothing may.
 * `// error legacy: text` and `// error standard: text` are for one kind of decorators only.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

const folder = join(process.cwd(), 'test/types/errors');
const fixtures = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replaceAll('\\', '/'))
  .sort();

interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

type Mode = 'legacy' | 'standard';

const modes: readonly Mode[] = ['legacy', 'standard'];

describe.each(modes)('E15 the compiler, with %s decorators,', (mode) => {
  let diagnostics: readonly Diagnostic[] = [];

  beforeAll(async () => {
    diagnostics = parse(await compile(mode));
  });

  it('finds no error outside the fixtures', () => {
    const elsewhere = diagnostics.filter(({ file }) => !fixtures.includes(file));

    expect(elsewhere).toEqual([]);
  });

  it.each(fixtures)('says of %s what is marked, and nothing else', (file) => {
    const wanted = expectations(file, mode);
    const found = diagnostics.filter((diagnostic) => diagnostic.file === file);

    expect(wanted.length > 0).toBe(!file.startsWith('none/'));
    expect(wanted.filter((one) => !found.some((other) => meets(other, one)))).toEqual([]);
    expect(found.filter((one) => !wanted.some((other) => meets(one, other)))).toEqual([]);
  });

  it('tells a decorator that does not fit of the form that its kind of decorators has, not of both', () => {
    const decorators = diagnostics.filter(({ text }) => text.includes('decorator when called'));

    expect(decorators.length).toBeGreaterThan(20);
    expect(decorators.filter(({ text }) => text.includes('verload'))).toEqual([]);
  });
});

function compile(mode: Mode): Promise<string> {
  const project = ['-p', join(folder, `tsconfig.${mode}.json`), '--pretty', 'false'];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(process.cwd(), 'node_modules/typescript/bin/tsc'), ...project],
      (_, output) => resolve(output),
    );
  });
}

function parse(output: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const line of output.split('\n').filter((text) => text !== '')) {
    const [, file, row, text] = /^(.+?)\((\d+),\d+\): error (.+)$/.exec(line) ?? [];
    const last = found.at(-1);
    if (file !== undefined)
      found.push({
        file: relative(folder, file).replaceAll('\\', '/'),
        line: Number(row),
        text: text as string,
      });
    else if (last !== undefined && line.startsWith(' '))
      found[found.length - 1] = { ...last, text: `${last.text}\n${line}` };
    else found.push({ file: '(compiler)', line: 0, text: line });
  }
  return found;
}

const MARK = /^\s*\/\/ error(?: (legacy|standard))?: (.+)$/;

function expectations(file: string, mode: Mode): Diagnostic[] {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const [, only = mode, text] = MARK.exec(line) ?? [];
    if (text === undefined || only !== mode) return [];
    const below = lines.findIndex((other, at) => at > index && !MARK.test(other));
    return [{ file, line: below + 1, text }];
  });
}

function meets(found: Diagnostic, wanted: Diagnostic): boolean {
  return found.line === wanted.line && found.text.includes(wanted.text);
}
