/** One text of TypeScript as each compiler emits it, with legacy and with standard decorators. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transformSync as swc } from '@swc/core';
import { transformSync as esbuild } from 'esbuild';

type Emit = (source: string) => string | Promise<string>;

export const legacyEmits: Readonly<Record<string, Emit>> = {
  'TypeScript, legacy': (source) => tsc(source, ['--experimentalDecorators']),
  'esbuild, legacy': (source) => esbuildOf(source, true),
  'swc, legacy': (source) => swcOf(source, { legacyDecorator: true }),
};

export const standardEmits: Readonly<Record<string, Emit>> = {
  TypeScript: (source) => tsc(source, []),
  esbuild: (source) => esbuildOf(source, false),
  'swc 2022-03': (source) => swcOf(source, { decoratorVersion: '2022-03' }),
  'swc 2023-11': (source) => swcOf(source, { decoratorVersion: '2023-11' as '2022-03' }),
};

/** Runs a module's text, which imports nothing. */
export async function load<T>(text: string): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-emitted-'));
  try {
    const file = join(folder, 'emitted.mjs');
    writeFileSync(file, text);
    return (await import(file)) as T;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function esbuildOf(source: string, experimentalDecorators: boolean): string {
  const tsconfigRaw = { compilerOptions: { experimentalDecorators } };
  return esbuild(source, { loader: 'ts', target: 'es2022', tsconfigRaw }).code;
}

function swcOf(
  source: string,
  transform: { legacyDecorator?: boolean; decoratorVersion?: '2022-03' },
): string {
  const parser = { syntax: 'typescript', decorators: true } as const;
  return swc(source, {
    configFile: false,
    swcrc: false,
    jsc: { parser, transform, target: 'es2022' },
  }).code;
}

async function tsc(source: string, settings: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-emit-'));
  try {
    const input = join(folder, 'input.ts');
    writeFileSync(input, source);
    const compiler = join(process.cwd(), 'node_modules/typescript/bin/tsc');
    const fixed = [
      '--target',
      'ES2022',
      '--module',
      'ESNext',
      '--noCheck',
      '--ignoreConfig',
      '--outDir',
      folder,
    ];
    await promisify(execFile)(process.execPath, [compiler, input, ...fixed, ...settings], {
      cwd: folder,
    });
    return readFileSync(join(folder, 'input.js'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
