/** The JavaScript of the package: an ES module and a CommonJS one for each entry, and the chunks that they share. */
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { asciiText } from './ascii-text.mjs';
import { ENTRIES } from './entries.mjs';
import { EXTERNAL } from './external.mjs';
import { lineMaps } from './line-maps.mjs';
import { pureClasses } from './pure-classes.mjs';
import { reach } from './reach.mjs';

/** @import { ChunkingContext, CodeSplittingGroup, OutputOptions } from 'rolldown' */

/**
 * No hashes: the package has one version. No JSDoc: it is in the declarations. The maps do without the sources' text, and name the line all the same.
 *
 * @type {readonly OutputOptions[]}
 */
const FORMATS = [
  {
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
  { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunks/[name].cjs' },
];

/**
 * Parameters, variables and what is `#private` get short names: a fourteenth of the tarball, and of the time of loading. Lines stay lines, for stack
 * traces, and functions and classes have their names.
 *
 * @type {OutputOptions['minify']}
 */
const SHORT_NAMES = {
  compress: false,
  mangle: { toplevel: false, keepNames: true },
  codegen: { removeWhitespace: false },
};

/** The files of no container in particular. */
const OF_ANY_CONTAINER = /[\\/]src[\\/]containers[\\/][^\\/]+\.ts$/;

/** The files of no engine in particular. */
const OF_ANY_ENGINE = /[\\/]src[\\/]engines[\\/][^\\/]+\.ts$/;

/** @param {string} dir where the files are written */
export async function bundle(dir) {
  const build = await rolldown({
    input: ENTRIES,
    external: EXTERNAL,
    plugins: [pureClasses, asciiText, lineMaps],
    platform: 'node',
    tsconfig: 'tsconfig.build.json',
    treeshake: { moduleSideEffects: false },
    checks: { bundlerTimings: false },
    onLog: (_level, log) => {
      throw new Error(log.message);
    },
  });
  try {
    for (const format of FORMATS) {
      await build.write({
        ...format,
        dir,
        comments: { jsdoc: false },
        minify: SHORT_NAMES,
        codeSplitting: { groups: groups() },
      });
    }
  } finally {
    await build.close();
  }
}

/**
 * Few chunks, for each file costs time to load. But what imports an optional peer shares a chunk with nothing else, or whoever
 * has one engine would have to install every peer: so only the files of no engine in particular are put together.
 *
 * @returns {CodeSplittingGroup[]} the first that takes a module has it
 */
function groups() {
  return [
    { name: 'decorators', test: /[\\/]decorators[\\/]/ },
    { debugName: 'core', name: reachedBy('core', ENTRIES.index) },
    { debugName: 'adapter', name: reachedBy('adapter', ENTRIES.adapter, OF_ANY_CONTAINER) },
    { debugName: 'engines', name: reachedBy('engines', ENTRIES.engine, OF_ANY_ENGINE) },
  ].map((group, index, { length }) => ({ ...group, priority: length - index }));
}

/**
 * Names the chunk of whatever an entry reaches.
 *
 * @param {string} chunk
 * @param {string} source of the entry
 * @param {RegExp} [others] what else is in the chunk; default nothing
 */
function reachedBy(chunk, source, others) {
  return (/** @type {string} */ id, /** @type {ChunkingContext} */ context) =>
    others?.test(id) || reach(resolve(source), (module) => context.getModuleInfo(module)).has(id)
      ? chunk
      : null;
}
