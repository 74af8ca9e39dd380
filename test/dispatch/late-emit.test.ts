/** Whom the report of a late emit names, and how often. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type CarillonError, createScope, Events, type ScopedEmitter } from 'carillon';
import { scopeOf } from 'carillon/inversify';
import { build } from 'esbuild';
import { rootContainer } from '../support/container.js';
import { PROJECT } from '../support/program.js';

const SOURCE = readFileSync('test/dispatch/late-emit.test.ts', 'utf8').split('\n');

type Emits = Pick<ScopedEmitter, 'emit' | 'emitAsync'>;

/** The functions with which the stacks of what was reported begin. */
function places(errors: readonly CarillonError[]): readonly string[] {
  return errors.map(({ stack = '' }) => {
    const [, line] = /^\s+at .*late-emit\.test\.ts:(\d+):\d+\)?$/.exec(topOf(stack)) ?? [];
    return line === undefined ? 'elsewhere' : functionAbove(Number(line));
  });
}

function topOf(stack: string): string {
  return stack.split('\n').find((line) => /^\s+at /.test(line)) ?? '';
}

function functionAbove(line: number): string {
  return /\w+(?=\()/.exec(SOURCE[line - 2] ?? '')?.[0] ?? 'none';
}

function first(emitter: Emits): void {
  emitter.emit('late', undefined);
}

function second(emitter: Emits): void {
  emitter.emit('late', undefined);
}

function third(emitter: Emits): Promise<unknown> {
  return emitter.emitAsync('late', undefined);
}

function ended(): { readonly errors: CarillonError[]; readonly emitter: ScopedEmitter } {
  const errors: CarillonError[] = [];
  const scope = createScope({ name: 'request', onError: (error) => errors.push(error) });
  const { emitter } = scope;
  scope.dispose();
  return { errors, emitter };
}

describe('a late emit', () => {
  it('is reported once for each place, with which its stack begins', async () => {
    const { errors, emitter } = ended();

    for (let round = 0; round < 3; round += 1) {
      first(emitter);
      second(emitter);
      await third(emitter);
    }

    expect(places(errors)).toEqual(['first', 'second', 'third']);
  });

  it('is its own place within a handler that an emit of another scope has called', () => {
    const { errors, emitter } = ended();
    const open = createScope({ name: 'open' });
    open.emitter.on('rang', function ring() {
      first(emitter);
    });

    open.emitter.emit('rang', undefined);
    open.emitter.emit('rang', undefined);

    expect(places(errors)).toEqual(['first']);
  });

  it('through the façade is at the place that called the façade', async () => {
    const { container, errors } = rootContainer();
    const events = container.get(Events);
    await scopeOf(container)[Symbol.asyncDispose]();

    for (let round = 0; round < 2; round += 1) {
      first(events);
      second(events);
      await third(events);
    }

    expect(places(errors)).toEqual(['first', 'second', 'third']);
  });

  it('leaves the length of stack traces as the program has it', () => {
    const { errors, emitter } = ended();
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = 3;
    try {
      first(emitter);

      expect(Error.stackTraceLimit).toBe(3);
    } finally {
      Error.stackTraceLimit = before;
    }
    expect(errors[0]?.stack?.match(/^\s+at /gm)).toHaveLength(3);
  });

  it('has its place also in a program whose files were put into one, and its names shortened', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-late-'));
    const program = `
      import { createScope } from './src/index.js';
      const scope = createScope({ name: 'request', onError: ({ code }) => console.log(code) });
      scope.dispose();
      const emitters = [() => scope.emitter.emit('late'), () => scope.emitter.emit('late')];
      for (const emit of [...emitters, ...emitters]) emit();
    `;
    try {
      const { outputFiles } = await build({
        stdin: { contents: program, resolveDir: PROJECT, loader: 'ts' },
        bundle: true,
        minify: true,
        format: 'esm',
        write: false,
      });
      const file = join(folder, 'program.mjs');
      writeFileSync(file, outputFiles[0]?.text ?? '');
      const { stdout } = await promisify(execFile)(process.execPath, [file]);

      expect(stdout).toBe('CAR3004\nCAR3004\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
