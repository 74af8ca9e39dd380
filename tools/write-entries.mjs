/** Writes into package.json and tsconfig.json what the entries ask for. A test tells when it has to be run. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { entryFields, sourcePaths } from './entries.mjs';

edit('package.json', (manifest) => Object.assign(manifest, entryFields()));
edit('tsconfig.json', ({ compilerOptions }) =>
  Object.assign(compilerOptions, { paths: sourcePaths() }),
);
execFileSync('npx', ['biome', 'format', '--write', 'package.json', 'tsconfig.json'], {
  stdio: 'inherit',
});

/**
 * @param {string} file
 * @param {(content: any) => void} change
 */
function edit(file, change) {
  const content = JSON.parse(readFileSync(file, 'utf8'));
  change(content);
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}
