/** docs/reports/reliability.md: what each engine passed, read and written. */

/**
 * @typedef {Record<string, Record<string, string>>} Table cells by column, then by row
 * @typedef {{ kills: Table, busKills: Table, queues: Table, bus: Table }} Page
 */

const SECTIONS = {
  kills: 'killed',
  busKills: 'killed',
  queues: 'a case of the queues',
  bus: 'a case of the bus',
};

/**
 * @param {string} text
 * @returns {Page}
 */
export function readPage(text) {
  const page = { kills: {}, busKills: {}, queues: {}, bus: {} };
  for (const name of Object.keys(SECTIONS)) {
    const [, section = ''] = text.split(new RegExp(`<!-- /?${name} -->`));
    const [head = [], , ...rows] = section.trim().split('\n').map(cellsOf);
    for (const [column, engine] of head.entries()) {
      if (column > 0)
        page[name][engine] = Object.fromEntries(rows.map((cells) => [cells[0], cells[column]]));
    }
  }
  return page;
}

/**
 * The page with those tables in the place of its own.
 *
 * @param {string} text
 * @param {Page} page
 * @param {Record<keyof Page, readonly string[]>} rows their titles
 */
export function writePage(text, page, rows) {
  let written = text;
  for (const [name, title] of Object.entries(SECTIONS)) {
    const engines = Object.keys(page[name]).sort(byName);
    const lines = rows[name].map((row) => [
      row,
      ...engines.map((engine) => page[name][engine][row] ?? '–'),
    ]);
    const table = tableOf([title, ...engines], lines);
    written = written.replace(
      new RegExp(`(<!-- ${name} -->).*(<!-- /${name} -->)`, 's'),
      (_, start, end) => `${start}\n\n${table}\n\n${end}`,
    );
  }
  return written;
}

function tableOf(head, rows) {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((cells) => cells[column].length)),
  );
  const rule = widths.map((width) => '-'.repeat(width));
  return [head, rule, ...rows]
    .map((cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`)
    .join('\n');
}

function cellsOf(line) {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** Memory before all engines that have to be installed. */
function byName(one, other) {
  return Number(other === 'memory') - Number(one === 'memory') || one.localeCompare(other, 'en');
}
