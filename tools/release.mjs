/**
 * Makes a release: `node tools/release.mjs 0.2.0 [--dry-run]`.
 *
 * It checks that the tree is clean and on its main branch, that everything that must hold does, and that the changelog has something to
 * say. Then it moves the unreleased changes under the version, commits, tags and packs. Publishing is left to you: it prints the command.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const CHANGELOG = join(ROOT, 'CHANGELOG.md');
const MANIFEST = join(ROOT, 'package.json');
/** What spans and metrics say of the package. */
const VERSION = join(ROOT, 'src/integrations/opentelemetry/version.ts');
const UNRELEASED = '## Unreleased';

const version = process.argv.slice(2).find((argument) => !argument.startsWith('-'));
const isDry = process.argv.includes('--dry-run');

try {
  release();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function release() {
  const current = JSON.parse(readFileSync(MANIFEST, 'utf8')).version;
  checkVersion(version, current);
  const changes = readFileSync(CHANGELOG, 'utf8');
  checkChanges(changes);
  if (isDry) return console.log(`${current} would become ${version}.`);
  checkTree();
  run('.ci/run');
  writeFileSync(
    CHANGELOG,
    changes.replace(UNRELEASED, `${UNRELEASED}\n\n## ${version} - ${today()}`),
  );
  writeFileSync(VERSION, readFileSync(VERSION, 'utf8').replace(`'${current}'`, `'${version}'`));
  run('npm', 'version', version, '--no-git-tag-version');
  run('git', 'commit', '--all', '--message', `release: ${version}`);
  run('git', 'tag', '--annotate', `v${version}`, '--message', `Version ${version}`);
  run('npm', 'run', 'build');
  run('npm', 'pack');
  console.log(
    `Look at the tarball, then: git push --follow-tags && npm publish carillon-${version}.tgz`,
  );
}

function checkVersion(next, current) {
  if (next === undefined || !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(next))
    throw new Error('Say which version: node tools/release.mjs 0.2.0');
  const [before, after] = [current, next].map((text) => text.split('-')[0].split('.').map(Number));
  const place = after.findIndex((part, at) => part !== before[at]);
  if (place === -1 ? next === current : after[place] < before[place])
    throw new Error(`${next} does not come after ${current}.`);
}

/** Something has to stand between the heading of what is unreleased and the next one. */
function checkChanges(text) {
  const [, changes] = text.split(UNRELEASED);
  if (changes === undefined || changes.split('\n## ')[0].trim() === '')
    throw new Error('CHANGELOG.md says nothing under "Unreleased".');
}

function checkTree() {
  if (ask('git', 'branch', '--show-current') !== 'main') throw new Error('Release from main.');
  if (ask('git', 'status', '--porcelain') !== '') throw new Error('There are uncommitted changes.');
}

const today = () => new Date().toISOString().slice(0, 10);

const ask = (command, ...args) =>
  execFileSync(command, args, { cwd: ROOT, encoding: 'utf8' }).trim();

const run = (command, ...args) => execFileSync(command, args, { cwd: ROOT, stdio: 'inherit' });
