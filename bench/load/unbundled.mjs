/** The package without a bundler, as the compiler writes it: one module for each source file, with declarations, maps and the sources. */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENTRIES } from '../../tools/entries.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where it is, below what this project has installed. */
export const UNBUNDLED = join(ROOT, 'build', 'unbundled');

const SOURCES = ['src', 'decorators'];

export function buildUnbundled() {
  rmSync(UNBUNDLED, { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const settings = ['--emitDeclarationOnly', 'false', '--declarationMap', '--sourceMap'];
  const outDir = join(UNBUNDLED, 'dist');
  execFileSync(
    process.execPath,
    [tsc, '-p', 'tsconfig.build.json', ...settings, '--outDir', outDir],
    {
      cwd: ROOT,
    },
  );
  for (const folder of SOURCES)
    cpSync(join(ROOT, folder), join(UNBUNDLED, folder), { recursive: true });
  const { name, version, type, sideEffects } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  );
  const manifest = { name, version, type, sideEffects, files: ['dist', ...SOURCES] };
  writeFileSync(join(UNBUNDLED, 'package.json'), JSON.stringify(manifest));
}

/** @param {keyof typeof ENTRIES} entry */
export function unbundledEntry(entry) {
  return join(UNBUNDLED, 'dist', ENTRIES[entry].replace(/\.ts$/, '.js'));
}
