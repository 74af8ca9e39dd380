/** What the package weighs: on its way from the registry, and in a program that has been bundled. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The package's folder, as it is shipped. */
export const SHIPPED = ROOT;

/**
 * The tarball without its pages for people.
 *
 * @param {string} folder of a package
 * @returns {{ files: number, bytes: number }}
 */
export function tarballSize(folder) {
  const copy = mkdtempSync(join(tmpdir(), 'carillon-size-'));
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const files = manifest.files.filter((/** @type {string} */ name) => !/docs|\.md$/.test(name));
    writeFileSync(join(copy, 'package.json'), JSON.stringify({ ...manifest, files }, null, 2));
    for (const name of files) cpSync(join(folder, name), join(copy, name), { recursive: true });
    const command = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const [tarball] = JSON.parse(execFileSync('npm', command, { cwd: copy, encoding: 'utf8' }));
    return { files: tarball.entryCount, bytes: tarball.size };
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/**
 * The bytes of a program that has nothing but one name of the package, bundled and minified.
 *
 * @param {string} name
 * @param {string} entry the module that exports it
 */
export async function bundledSize(name, entry) {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${name} } from ${JSON.stringify(entry)};`, resolveDir: ROOT },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    external: ['reflect-metadata'],
    // Those of this project lead to the sources.
    tsconfigRaw: {},
  });
  return outputFiles[0].contents.length;
}
