/**
 * What the compiler says of good and of bad use. In `errors/`, a line under `// error: text` must fail with an error that contains
 * the text, and no other line may fail; in `errors/none/` nothing may.
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

let diagnostics: readonly Diagnostic[] = [];

beforeAll(async () => {
  diagnostics = parse(await compile());
}, 120_000);

describe('the compiler', () => {
  it('finds no error outside the fixtures', () => {
    const elsewhere = diagnostics.filter(({ file }) => !fixtures.includes(file));

    expect(elsewhere).toEqual([]);
  });

  it.each(fixtures)('says of %s what is marked, and nothing else', (file) => {
    const wanted = expectations(file);
    const found = diagnostics.filter((diagnostic) => diagnostic.file === file);

    expect(wanted.length > 0).toBe(!file.startsWith('none/'));
    expect(wanted.filter((one) => !found.some((other) => meets(other, one)))).toEqual([]);
    expect(found.filter((one) => !wanted.some((other) => meets(one, other)))).toEqual([]);
  });
});

function compile(): Promise<string> {
  const project = ['-p', folder, '--pretty', 'false'];
  return new Promise((resolve) => {
    execFile(process.execPath, [join(process.cwd(), 'node_modules/typescript/bin/tsc'), ...project], (_, output) =>
      resolve(output),
    );
  });
}

function parse(output: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const line of output.split('\n').filter((text) => text !== '')) {
    const [, file, row, text] = /^(.+?)\((\d+),\d+\): error (.+)$/.exec(line) ?? [];
    const last = found.at(-1);
    if (file !== undefined)
      found.push({ file: relative(folder, file).replaceAll('\\', '/'), line: Number(row), text: text as string });
    else if (last !== undefined && line.startsWith(' ')) found[found.length - 1] = { ...last, text: `${last.text}\n${line}` };
    else found.push({ file: '(compiler)', line: 0, text: line });
  }
  return found;
}

function expectations(file: string): Diagnostic[] {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const text = /^\s*\/\/ error: (.+)$/.exec(line)?.[1];
    return text === undefined ? [] : [{ file, line: index + 2, text }];
  });
}

function meets(found: Diagnostic, wanted: Diagnostic): boolean {
  return found.line === wanted.line && found.text.includes(wanted.text);
}
