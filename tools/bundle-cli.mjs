/** The command line of the package: one ES module with the packages that it needs, which nobody has to install. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { asciiText } from './ascii-text.mjs';
import { ENTRIES } from './entries.mjs';

/** @import { Plugin } from 'rolldown' */

const SOURCE = resolve('src/observe');
const PACKAGES = `${sep}node_modules${sep}`;

/**
 * The library is not in it: a second copy would not know the containers of the project. So its sources import entries only, which are
 * files beside it.
 *
 * @type {Plugin}
 */
const entriesBeside = {
  name: 'entries-beside',
  resolveId(source, importer) {
    if (importer === undefined || !source.startsWith('.') || !importer.startsWith(SOURCE))
      return null;
    const file = resolve(dirname(importer), source.replace(/\.js$/, '.ts'));
    const entry = Object.entries(ENTRIES).find(([, path]) => resolve(path) === file);
    if (entry === undefined && file.startsWith(SOURCE + sep)) return null;
    if (entry === undefined)
      throw new Error(`${relative('', importer)} imports ${source}, which is no entry.`);
    return { id: `./${entry[0]}.js`, external: true };
  },
};

/** @param {string} dir where the files are written */
export async function bundleCli(dir) {
  const build = await rolldown({
    input: { cli: join(SOURCE, 'cli/main.ts') },
    external: /^node:/,
    plugins: [entriesBeside, asciiText],
    platform: 'node',
    tsconfig: 'tsconfig.build.json',
    checks: { bundlerTimings: false },
    onLog: (_level, log) => {
      throw new Error(log.message);
    },
  });
  try {
    const { output } = await build.write({
      dir,
      format: 'esm',
      entryFileNames: '[name].js',
      codeSplitting: false,
      banner: '#!/usr/bin/env node',
      comments: { jsdoc: false, legal: false },
      minify: true,
    });
    writeFileSync(
      join(dir, 'cli-licenses.txt'),
      licences(output.flatMap((file) => file.moduleIds ?? [])),
    );
  } finally {
    await build.close();
  }
}

/**
 * What the packages ask for that are in it.
 *
 * @param {readonly string[]} modules
 */
function licences(modules) {
  const folders = new Set(modules.filter((id) => id.includes(PACKAGES)).map(folderOf));
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
      if (file === undefined) throw new Error(`${name} has no licence.`);
      return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** @param {string} id of a module of a package */
function folderOf(id) {
  const start = id.lastIndexOf(PACKAGES) + PACKAGES.length;
  const parts = id.slice(start).split(sep);
  return id.slice(0, start) + parts.slice(0, parts[0].startsWith('@') ? 2 : 1).join(sep);
}
