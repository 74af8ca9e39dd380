/**
 * Finds turns of phrase that pages, errors and titles avoid: each has a plainer form; and tables with a column that has no name.
 * `node tools/words.mjs` lists them by file and line, and fails when there is one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What to look for, and what to write instead. */
const PATTERNS = [
  [/\bis none\b/i, '"is not …", with the noun'],
  [/\bwhat is [^.|`]{1,40} is\b/i, 'a sentence with the subject first'],
  [/\bwhoever\b/i, '"the caller", "the handler that …"'],
  [/\bby (?:itself|themselves)\b/i, '"automatically", or "alone"'],
  [/\bwork(?:s|ed|ing)? off\b/i, '"process", "processed"'],
  [/\bin work\b/i, '"in progress"'],
  [/\banew\b/i, '"again"'],
  [/\bgoes by\b/i, '"uses", "passes"'],
  [/\bso many\b/i, 'the number, or the option that holds it'],
  [/\bas well[.:;]/i, '"too", or "also" before the verb'],
  [/\bbelongs? into\b/i, '"belongs in"'],
  [/\btells? of\b/i, '"reports", "describes"'],
  [/\blets? go of\b/i, '"releases"'],
  [/\bheed/i, '"honours", "respects"'],
];

const root = join(import.meta.dirname, '..');
const pages = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...filesIn(['docs', 'examples'], /\.md$/),
].sort();
const sources = filesIn(['src', 'decorators'], /\.ts$/);

const hits = [
  ...pages.flatMap(pageHits),
  ...sources.flatMap((file) => hitsOf(file, literalsOf(file))),
];
for (const hit of hits) console.log(hit);
console.log(
  hits.length === 0
    ? `${pages.length} pages and ${sources.length} sources read`
    : `${hits.length} to rewrite`,
);
process.exitCode = hits.length === 0 ? 0 : 1;

/** @param {string[]} folders @param {RegExp} kind */
function filesIn(folders, kind) {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => kind.test(file) && !file.includes('node_modules'))
      .map((file) => join(folder, file)),
  );
}

/** @param {string} page */
function pageHits(page) {
  const text = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, blankLines);
  const lines = text.split('\n');
  return [...hitsOf(page, lines), ...namelessColumns(page, lines)];
}

/** A browser's reader of tables says the name of a column with each cell. @param {string} page @param {string[]} lines */
function namelessColumns(page, lines) {
  return lines.flatMap((line, at) =>
    /^\|[-: |]+\|$/.test(line) && /\|\s*\|/.test(lines[at - 1] ?? '')
      ? [`${page}:${at}: a column without a name`]
      : [],
  );
}

/** The texts of a program that people read: what stands in quotes, line by line. @param {string} file */
function literalsOf(file) {
  return readFileSync(join(root, file), 'utf8')
    .split('\n')
    .map((line) =>
      /^\s*(\*|\/[/*])/.test(line)
        ? ''
        : [...line.matchAll(/(['"`])((?:\\.|(?!\1).)*)\1/g)].map(([, , text]) => text).join(' | '),
    );
}

/** @param {string} file @param {string[]} lines */
function hitsOf(file, lines) {
  return lines.flatMap((line, at) =>
    PATTERNS.filter(([pattern]) => pattern.test(line)).map(
      ([pattern, instead]) => `${file}:${at + 1}: "${pattern.exec(line)?.[0]}": write ${instead}`,
    ),
  );
}

/** Programs are read by other checks; the numbers of lines stay. @param {string} block */
function blankLines(block) {
  return block.replace(/[^\n]/g, '');
}
