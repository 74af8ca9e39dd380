/** The limits of classes, functions and parameters, on a copy of the sources with files that exceed them. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { lint, runScript, SourceCopies, type Verdict } from '../support/source-copy.js';

jest.setTimeout(600_000);

const copies = new SourceCopies();

afterAll(() => copies.remove());

function times(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('\n');
}

const methods = (count: number) => times(count, (index) => `  run${index}(): void {}`);

describe('the limits of classes and of parameters', () => {
  const exceeding = {
    'src/bus/methods.ts': `class Methods {\n${methods(24)}\n  get one() {\n    return 1;\n  }\n  #two(): void {}\n}\n`,
    'src/bus/lines.ts': `/** Ä */\nexport class Lines {\n${times(299, (index) => `  line${index} = ${index};`)}\n}\n`,
    'src/bus/flags.ts': [
      'export function flag(isOn: boolean): void {}',
      'export function flagByDefault(isOn = false): void {}',
      'export const flagOfArrow = (isOn?: boolean): void => {};',
      'export class Flags {',
      '  constructor(readonly isOn: boolean) {}',
      '  method(name: string, isOn: true | undefined): void {}',
      '  static of(isOn: boolean | undefined): void {}',
      '}',
      'export interface Flagged {',
      '  method(isOn: boolean): void;',
      '}',
      'function listed(isOn: boolean): void {}',
      'export { listed };',
    ].join('\n'),
    'decorators/flags.ts':
      'export default function (isOn: boolean): void {}\nexport function Flag(isOn: boolean): void {}\n',
  };
  let verdict: Verdict;

  beforeAll(async () => {
    verdict = await runScript(await copies.add(exceeding), 'limits');
  }, 600_000);

  it.each([
    'src/bus/methods.ts Methods has 26 methods. At most 25.',
    'src/bus/lines.ts Lines has 301 lines. At most 300.',
    'src/bus/flags.ts flag has a boolean parameter.',
    'src/bus/flags.ts flagByDefault has a boolean parameter.',
    'src/bus/flags.ts flagOfArrow has a boolean parameter.',
    'src/bus/flags.ts Flags.constructor has a boolean parameter.',
    'src/bus/flags.ts Flags.method has a boolean parameter.',
    'src/bus/flags.ts Flags.of has a boolean parameter.',
    'src/bus/flags.ts Flagged.method has a boolean parameter.',
    'src/bus/flags.ts listed has a boolean parameter.',
    'decorators/flags.ts Flag has a boolean parameter.',
  ])('names what exceeds them: %s', (text) => {
    expect(verdict.output).toContain(text);
  });

  it('names nothing else, and fails', () => {
    expect(verdict.output.trim().split('\n')).toHaveLength(11);
    expect(verdict.failed).toBe(true);
  });

  it('lets through what just keeps them, setters, and what only its own file can call', async () => {
    const copy = await copies.add({
      'src/bus/methods.ts': `export class Methods {\n  constructor() {}\n  run0(): void;\n  run0(name: string): void;\n${methods(25)}\n}\n`,
      'src/bus/lines.ts': `export class Lines {\n${times(298, (index) => `  line${index} = ${index};`)}\n}\n`,
      'src/bus/flags.ts': [
        'function flag(isOn: boolean): void {}',
        'export function options(options: { isOn: boolean }, ...all: boolean[]): boolean {}',
        'export class Flags {',
        '  set isOn(value: boolean) {}',
        '  #own(isOn: boolean): void {}',
        '  private also(isOn: boolean): void {}',
        '}',
      ].join('\n'),
    });

    const { failed, output } = await runScript(copy, 'limits');

    expect(output).toBe('Every class and every parameter keeps the limits.\n');
    expect(failed).toBe(false);
  });

  it('names an exception that is not needed any more', async () => {
    const list = await readFile('tools/limit-exceptions.mjs', 'utf8');
    const copy = await copies.add({
      'tools/limit-exceptions.mjs': list.replace(
        'exceptions = {',
        "exceptions = { 'src/bus/event-bus.ts EventBus': 'Once.',",
      ),
    });

    const { failed, output } = await runScript(copy, 'limits');

    expect(output).toBe(
      'src/bus/event-bus.ts EventBus keeps the limits. Take it off the list of exceptions.\n',
    );
    expect(failed).toBe(true);
  });
});

describe('the limits of functions, which the linter checks', () => {
  const long = (lines: number) =>
    `export function run(log: (line: number) => void): void {\n${times(lines, (index) => `  log(${index});`)}\n}\n`;
  const wide = (count: number) => {
    const names = Array.from({ length: count }, (_, index) => `name${index}`);
    return `export function list(${names.map((name) => `${name}: string`).join(', ')}): string[] {\n  return [${names.join(', ')}];\n}\n`;
  };

  it.each([
    ['a function of 41 lines', long(41), 'too many lines (41)'],
    ['a function of 5 parameters', wide(5), 'has 5 parameters'],
  ])('names %s', async (_, source, text) => {
    const file = 'src/bus/extra.ts';

    const { failed, output } = await lint(await copies.add({ [file]: source }), file);

    expect(output).toContain(text);
    expect(failed).toBe(true);
  });

  it('lets a function of 40 lines through, and one of 4 parameters', async () => {
    const copy = await copies.add({ 'src/bus/long.ts': long(40), 'src/bus/wide.ts': wide(4) });

    const { failed, output } = await lint(copy, 'src/bus/long.ts', 'src/bus/wide.ts');

    expect(output).toContain('Checked 2 files');
    expect(failed).toBe(false);
  });
});
