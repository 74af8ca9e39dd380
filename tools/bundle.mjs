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
        minify: false,
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
    { debugName: 'adapter', name: reachedBy('adapter', ENTRIES.adapter) },
    { name: 'engines', test: /[\\/]src[\\/]engines[\\/][^\\/]+\.ts$/ },
  ].map((group, index, { length }) => ({ ...group, priority: length - index }));
}

/**
 * Names the chunk of whatever an entry reaches.
 *
 * @param {string} chunk
 * @param {string} source of the entry
 */
function reachedBy(chunk, source) {
  return (/** @type {string} */ id, /** @type {ChunkingContext} */ context) =>
    reach(resolve(source), (module) => context.getModuleInfo(module)).has(id) ? chunk : null;
}
