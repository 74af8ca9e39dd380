/** The tables in docs/reports/performance.md, each between two marks with its name. */
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

const DOCS = new URL('../docs/reports/performance.md', import.meta.url);

/** What the tables were measured on. */
export const machine = `Node.js ${process.versions.node}, ${availableParallelism()} CPUs.`;

/** @param {Readonly<Record<string, string>>} sections the tables by their names */
export async function writeSections(sections) {
  let page = await readFile(DOCS, 'utf8');
  for (const [name, text] of Object.entries(sections))
    page = replaceSection(page, name, `${machine}\n\n${text}`);
  await writeFile(DOCS, page);
}

/**
 * @param {string} page
 * @param {string} name
 * @param {string} text
 */
function replaceSection(page, name, text) {
  const [before, after] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = page.indexOf(before);
  const end = page.indexOf(after);
  if (start < 0 || end < start)
    throw new Error(`docs/reports/performance.md has no section between ${before} and ${after}.`);
  return `${page.slice(0, start + before.length)}\n\n${text}\n\n${page.slice(end)}`;
}
