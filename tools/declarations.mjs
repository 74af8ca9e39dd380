/** The declarations of the package: one for each entry, and the chunks that they share. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { ENTRIES } from './entries.mjs';
import { EXTERNAL } from './external.mjs';
import { reach } from './reach.mjs';

/** @import { OutputOptions, RollupLog } from 'rollup' */

/** By its path: the `tsc` of TypeScript 6, which the roll-up of declarations has to have, may stand before it. */
const TSC = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin',
  'tsc',
);

const CONFIG = 'tsconfig.build.json';

/** Its `outDir`: one declaration for each source file, without what is marked as internal. */
const STRIPPED = resolve('build/declarations');

/**
 * These refer to a peer that is an ES module, which the declarations of a CommonJS module may not. Theirs are written twice; of the
 * others, the declarations of the ES module are one line that points to the others: a program that imports and requires reads both, and
 * would see two classes where there is one.
 */
const BESIDE_MODULES = ['inversify', 'nestjs'];

/** Names like `Symbol.dispose` are in the library of no target. */
const DISPOSABLE = '/// <reference lib="esnext.disposable" />';

const CORE = 'core';

const INPUT = Object.fromEntries(
  Object.entries(ENTRIES).map(([name, source]) => [
    name,
    join(STRIPPED, source.replace(/\.ts$/, '.d.ts')),
  ]),
);

/**
 * One chunk of whatever `carillon` itself refers to, and what engines have in common. No other, or the types of one engine would ask for the peers of
 * all.
 *
 * @type {OutputOptions}
 */
const OUTPUT = {
  entryFileNames: '[name].d.cts',
  chunkFileNames: ({ name }) => `chunks/${name.replace(/\.d$/, '')}.d.cts`,
  manualChunks: (id, { getModuleInfo }) =>
    [INPUT.index, INPUT.engine].some((entry) => reach(entry, getModuleInfo).has(id)) ? CORE : null,
  minifyInternalExports: false,
  banner: ({ name }) => (name === CORE ? DISPOSABLE : ''),
};

/** @param {string} dir where the files are written */
export async function declare(dir) {
  await strip();
  const build = await rollup({
    input: INPUT,
    external: EXTERNAL,
    plugins: [dts({ tsconfig: CONFIG })],
    onwarn: refuse,
  });
  await build.write({ ...OUTPUT, dir });
  await build.close();
  for (const name of Object.keys(ENTRIES)) {
    const [module, required] = [join(dir, `${name}.d.ts`), join(dir, `${name}.d.cts`)];
    await (BESIDE_MODULES.includes(name)
      ? copyFile(required, module)
      : writeFile(module, `export * from './${name}.cjs';\n`));
  }
}

async function strip() {
  await rm(STRIPPED, { recursive: true, force: true });
  const [code] = await once(
    spawn(process.execPath, [TSC, '-p', CONFIG], { stdio: 'inherit' }),
    'close',
  );
  if (code !== 0) throw new Error('The sources do not compile.');
}

/** @param {RollupLog} warning */
function refuse({ message }) {
  // A public type may refer to one that no entry exports.
  if (!message.includes('still references private shared type exports')) throw new Error(message);
}
