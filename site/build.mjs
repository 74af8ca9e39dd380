/**
 * Builds the site into `site/dist`: the pages of the repository, where they stand, and the reference that typedoc writes from the sources.
 *
 * VitePress fails on a link to a page that is not there; `tools/check-site.mjs` looks at the result in a browser.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ENTRIES, specifierOf } from '../tools/entries.mjs';

const SITE = import.meta.dirname;
const ROOT = join(SITE, '..');
const WORK = join(SITE, 'work');
const DIST = join(SITE, 'dist');

rmSync(WORK, { recursive: true, force: true });
rmSync(DIST, { recursive: true, force: true });
const pages = copyPages();
cpSync(join(ROOT, 'docs/images'), join(WORK, 'docs/images'), { recursive: true });
writeReference();
cpSync(join(SITE, 'theme'), join(WORK, '.vitepress/theme'), { recursive: true });
cpSync(join(SITE, 'config.mjs'), join(WORK, '.vitepress/config.mjs'));
run('vitepress/bin/vitepress.js', 'build', WORK, '--outDir', DIST);
writeForModels(pages);
console.log(`${pages.length} pages and the reference are in ${relative(ROOT, DIST)}`);

/** The Markdown of the repository; a README is the index of its folder. */
function copyPages() {
  const files = [
    ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'test/README.md'],
    ...['docs', 'examples'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
        .map((file) => join(folder, file)),
    ),
  ];
  return files.sort().map((file) => {
    const target = join(WORK, asIndex(file));
    const text = withPageLinks(readFileSync(join(ROOT, file), 'utf8'), file).replace(
      // To the bundler a path without a dot is a package.
      /(src(?:set)?)="docs\//g,
      '$1="./docs/',
    );
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    return { file: asIndex(file), text };
  });
}

function asIndex(file) {
  return file.replace(/README\.md$/, 'index.md');
}

/** Links to pages lead to pages; what is a file of the repository, and no page, stays as text. */
function withPageLinks(text, file) {
  return text.replace(
    /(?<!!)\[([^\]]*)\]\((?!\w+:|#)([^)#]+)(#[^)]*)?\)/g,
    (_, label, link, hash = '') => {
      const path = join(ROOT, dirname(file), link);
      if (!link.endsWith('.md'))
        return existsSync(join(path, 'README.md')) ? `[${label}](${link}/)` : label;
      return `[${label}](${asIndex(link)}${hash})`;
    },
  );
}

/** One part for each entry of the package. typedoc wants a TypeScript of its own. */
function writeReference() {
  const tsconfig = join(WORK, 'tsconfig.reference.json');
  writeFileSync(
    tsconfig,
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'),
      include: [join(ROOT, 'src'), join(ROOT, 'decorators')],
    }),
  );
  const entries = Object.values(ENTRIES).filter((source) => existsSync(join(ROOT, source)));
  const options = {
    tsconfig,
    basePath: ROOT,
    entryPoints: entries.map((source) => join(ROOT, source)),
    plugin: ['typedoc-plugin-markdown'],
    out: join(WORK, 'reference'),
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    skipErrorChecking: true,
    readme: 'none',
    name: 'Reference',
    entryFileName: 'index',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    sanitizeComments: true,
    validation: { notExported: false, invalidLink: false, notDocumented: false },
    logLevel: 'Warn',
  };
  const file = join(WORK, 'typedoc.json');
  writeFileSync(file, JSON.stringify(options));
  run('typedoc/bin/typedoc', '--options', file);
  nameEntries();
}

/** typedoc calls an entry by its file; a reader imports it by its name. */
function nameEntries() {
  const names = Object.entries(ENTRIES).map(([name, source]) => [
    source.replace(/\.ts$/, '').replace(/\/index$/, ''),
    specifierOf(name),
  ]);
  const folder = join(WORK, 'reference');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.md')) continue;
    const path = join(folder, file);
    const text = names.reduce(
      (before, [source, specifier]) =>
        before
          .replaceAll(`# ${source}\n`, `# ${specifier}\n`)
          .replaceAll(`[${source}](`, `[${specifier}](`)
          .replaceAll(`[${source}/index](`, `[${specifier}](`),
      // A member that is a symbol has no anchor of the name that typedoc links to.
      readFileSync(path, 'utf8').replaceAll('#open_scope)', ')'),
    );
    writeFileSync(path, text);
  }
}

/** `llms.txt` lists the pages, as https://llmstxt.org proposes; `llms-full.txt` has all of the guide. */
function writeForModels(all) {
  const guide = all.filter(
    ({ file }) => file.startsWith('docs/') && !file.startsWith('docs/reports/'),
  );
  const list = guide
    .filter(({ file }) => !file.startsWith('docs/errors/'))
    .map(({ file, text }) => `- [${titleOf(text)}](/${file.replace(/\.md$/, '')})`);
  const [, summary = ''] =
    /^# Carillon\n\n(.+)/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
  writeFileSync(
    join(DIST, 'llms.txt'),
    `# Carillon\n\n> ${summary}\n\n## Guide\n\n${list.join('\n')}\n`,
  );
  writeFileSync(join(DIST, 'llms-full.txt'), guide.map(({ text }) => text).join('\n\n---\n\n'));
}

function titleOf(text) {
  return /^# (.+)/m.exec(text)?.[1] ?? '';
}

function run(program, ...args) {
  execFileSync(process.execPath, [join(SITE, 'node_modules', program), ...args], {
    cwd: SITE,
    stdio: 'inherit',
  });
}
