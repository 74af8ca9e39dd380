/** What it costs to load and to carry the library: as it is shipped, and without a bundler. `--smoke` only proves that both work. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { specifierOf } from '../../tools/entries.mjs';
import { machine, writeSections } from '../docs-page.mjs';
import { table } from '../table.mjs';
import { bundledSize, SHIPPED, tarballSize } from './sizes.mjs';
import { buildUnbundled, UNBUNDLED, unbundledEntry } from './unbundled.mjs';

/** @import { ENTRIES } from '../../tools/entries.mjs' */

/**
 * @typedef {object} Subject
 * @property {keyof typeof ENTRIES} entry
 * @property {readonly string[]} [before] what has been loaded already, and is not counted
 */

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

/** @type {readonly Subject[]} */
const SUBJECTS = [
  { entry: 'index' },
  { entry: 'decorators' },
  { entry: 'inversify', before: ['reflect-metadata', 'inversify'] },
  { entry: 'testing' },
];

/** Bundled and minified. */
const BUNDLED = ['createScope', 'On', 'defineEvent', 'toEventTarget'];

const { values: flags } = parseArgs({
  options: { smoke: { type: 'boolean' }, 'write-docs': { type: 'boolean' } },
});
const rounds = flags.smoke ? 1 : 21;

buildUnbundled();
const sections = { load: loadTable(), weight: await weightTable() };
if (flags.smoke) {
  console.log('Every entry was loaded in each way.');
} else {
  for (const [name, text] of Object.entries(sections))
    console.log(`\n${name}: ${machine}\n\n${text}`);
  if (flags['write-docs']) await writeSections(sections);
}

function loadTable() {
  const head = ['loading', 'a module for each file', 'as shipped', 'as shipped, by `require`'];
  return table(head, SUBJECTS.map(measure));
}

async function weightTable() {
  const [before, after] = [UNBUNDLED, SHIPPED].map(tarballSize);
  const rows = [
    row('files of the tarball', before.files, after.files),
    row('bytes of the tarball', before.bytes, after.bytes),
  ];
  for (const name of BUNDLED) {
    const sizes = [unbundledEntry('index'), specifierOf('index')].map((entry) =>
      bundledSize(name, entry),
    );
    const [modules, shipped] = await Promise.all(sizes);
    rows.push(row(`bytes of a program with \`${name}\` alone`, modules, shipped));
  }
  return table(['weight', 'a module for each file', 'as shipped'], rows);
}

/**
 * @param {string} title
 * @param {number} before
 * @param {number} after
 */
function row(title, before, after) {
  const [from, to] = [before, after].map((count) => count.toLocaleString('en'));
  return [title, from, `${to} (${(after / before).toFixed(2)}×)`];
}

/**
 * The three ways take turns, each in a process of its own, so that a slow minute of the machine is shared by all of them.
 *
 * @param {Subject} subject
 */
function measure({ entry, before = [] }) {
  const modules = [];
  const shipped = [];
  const required = [];
  for (let round = 0; round < rounds; round += 1) {
    modules.push(load('import', unbundledEntry(entry), before));
    shipped.push(load('import', specifierOf(entry), before));
    required.push(
      load('require', fileURLToPath(new URL(`../../dist/${entry}.cjs`, import.meta.url)), before),
    );
  }
  const title =
    before.length === 0
      ? `\`${specifierOf(entry)}\``
      : `\`${specifierOf(entry)}\`, beyond InversifyJS`;
  const cells = [shipped, required].map(
    (times) => `${milliseconds(times)} (${(least(times) / least(modules)).toFixed(2)}×)`,
  );
  return [title, milliseconds(modules), ...cells];
}

/**
 * @param {'import' | 'require'} way
 * @param {string} subject
 * @param {readonly string[]} before
 */
function load(way, subject, before) {
  return Number(
    execFileSync(process.execPath, [WORKER, way, subject, ...before], { encoding: 'utf8' }),
  );
}

/** @param {readonly number[]} times nanoseconds */
function milliseconds(times) {
  return `${(least(times) / 1e6).toFixed(1)} ms`;
}

/**
 * What it takes when nothing else is in the way: every other process of the machine can only add to it.
 *
 * @param {readonly number[]} times
 */
function least(times) {
  return Math.min(...times);
}
