/** The page of what the engines passed: complete for every engine that there is, and for every case. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { busCases } from '../../src/compliance/bus-transport.js';
import { queueCases } from '../../src/compliance/queue-provider.js';
import { PROJECT } from '../support/program.js';

const folder = join(PROJECT, 'test/compliance');
const page = readFileSync(join(PROJECT, 'docs/reports/reliability.md'), 'utf8');

/** What a suite of a kind is called in the files of that ending. */
function engines(kind: 'queue' | 'bus', suite: string): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(`-${kind}.test.ts`));
  return files.map(
    (file) =>
      new RegExp(`${suite}\\(\\s*'([^']+)'`).exec(readFileSync(join(folder, file), 'utf8'))?.[1] ??
      file,
  );
}

/** A table of the page: its head, and its rows by their titles. */
function tableOf(name: string): { head: string[]; rows: Map<string, Map<string, string>> } {
  const [, section = ''] = page.split(new RegExp(`<!-- /?${name} -->`));
  const lines = section.trim().split('\n');
  const [[, ...head] = [], , ...rows] = lines.map((line) =>
    line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()),
  );
  return {
    head,
    rows: new Map(
      rows.map(([title = '', ...cells]) => [
        title,
        new Map(head.map((engine, at) => [engine, cells[at] ?? ''])),
      ]),
    ),
  };
}

describe('the page of reliability (npm run compliance writes it)', () => {
  it.each([
    { table: 'queues', there: engines('queue', 'describeQueueProvider'), cases: queueCases },
    { table: 'bus', there: engines('bus', 'describeBusTransport'), cases: busCases },
  ])(
    'shows every engine and every case of the $table, and none that failed',
    ({ table, there, cases }) => {
      const { head, rows } = tableOf(table);

      expect([...head].sort()).toEqual([...there].sort());
      expect([...rows.keys()]).toEqual(cases.map(({ title }) => title));
      const wrong = cases.flatMap(({ title, needs = [] }) =>
        [...(rows.get(title) ?? [])]
          .filter(([, cell]) => cell !== '✓' && !isReason(cell, needs))
          .map(([engine]) => `${engine}: ${title}`),
      );
      expect(wrong).toEqual([]);
    },
  );

  it.each([
    {
      table: 'queues',
      kills: 'kills',
      cases: queueCases,
      killed: [
        'Q1 Q9 a server that ends',
        'Q8 a worker that is killed',
        'Q1 what was accepted survives',
        'Q8 a rolling restart',
        'Q12 what a transaction has committed',
      ],
      most: { engine: 'PostgreSQL', rows: 5 },
    },
    {
      table: 'bus',
      kills: 'busKills',
      cases: busCases,
      killed: [
        'Q9 Q10 a server that ends',
        'Q10 a member of a group that is killed',
        'Q10 what was accepted survives',
        'Q10 a rolling restart',
      ],
      most: { engine: 'PostgreSQL', rows: 4 },
    },
  ])(
    'shows what was lost and what was repeated at each kill, of every engine of the $table that is killed',
    (kind) => {
      const { head, rows } = tableOf(kind.kills);
      const cells = tableOf(kind.table);
      const shown = (engine: string) =>
        [...rows.values()].map((row) => row.get(engine) ?? '').filter((cell) => cell !== '–');
      const titles = kind.killed.map(
        (begin) => kind.cases.find(({ title }) => title.startsWith(begin))?.title ?? begin,
      );

      for (const engine of head) {
        const passed = titles.filter((title) => cells.rows.get(title)?.get(engine) === '✓');
        expect(shown(engine)).toEqual(
          passed.map(() => expect.stringMatching(/^lost 0, repeated \d+ of at most \d+$/)),
        );
      }
      expect(head).toEqual(cells.head);
      expect(shown(kind.most.engine)).toHaveLength(kind.most.rows);
    },
  );
});

/** Whether a cell names what the case needs and the engine lacks, or what it has and the case is for engines without. */
function isReason(cell: string, needs: readonly string[]): boolean {
  const [, sign, names = ''] = /^(–|has) (.+)$/.exec(cell) ?? [];
  const reasons = names.split(', ').map((name) => name.replaceAll('`', ''));
  return reasons.every((name) => needs.includes(sign === 'has' ? `no ${name}` : name));
}
