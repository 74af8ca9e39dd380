/**
 * Runs the compliance suites on every engine that is there, and writes docs/reports/reliability.md. `--only redis` runs the engines whose file is called
 * so, and leaves the columns of the others as they are; so does an engine that is away.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { importSource } from './import-source.mjs';
import { readPage, writePage } from './reliability-page.mjs';

const PAGE = new URL('../docs/reports/reliability.md', import.meta.url);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const { busCases } = await importSource('src/compliance/bus-transport.ts');
const { queueCases } = await importSource('src/compliance/queue-provider.ts');

const { values: flags } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const { cases, lines } = run(`test/compliance/.*${flags.only}.*-(queue|bus)\\.test`);
const text = readFileSync(PAGE, 'utf8');
const page = readPage(text);

const failed = cases.filter(({ status }) => status === 'failed');
for (const { suite, title } of failed) console.error(`FAILED ${suite}: ${title}`);
for (const [name, { suites, all, kills }] of Object.entries({
  queues: { suites: /^queues on (.+)/, all: queueCases, kills: page.kills },
  bus: { suites: /^the bus on (.+)/, all: busCases, kills: page.busKills },
})) {
  for (const suite of new Set(cases.map((result) => result.suite))) {
    const engine = suites.exec(suite)?.[1];
    if (engine === undefined) continue;
    const own = cases.filter((result) => result.suite === suite);
    page[name][engine] = Object.fromEntries(
      all.map(({ title, needs = [] }) => [title, cellOf(title, needs, own)]),
    );
    kills[engine] = killsOf(suite);
    const passed = own.filter(({ status }) => status === 'passed').length;
    console.log(
      `${name} on ${engine}: ${passed} of ${all.length} cases passed, the others are left out`,
    );
  }
}
for (const line of lines) if (/ on .+: (killed|run \d+ times)/.test(line)) console.log(line.trim());
if (failed.length === 0) {
  const [kills, busKills] = [page.kills, page.busKills].map((table) => [
    ...new Set(Object.values(table).flatMap(Object.keys)),
  ]);
  writeFileSync(
    PAGE,
    writePage(text, page, { kills, busKills, queues: titles(queueCases), bus: titles(busCases) }),
  );
  console.log('docs/reports/reliability.md is written.');
} else {
  process.exitCode = 1;
}

function run(files) {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-compliance-'));
  const results = join(folder, 'results.json');
  try {
    const jest = [
      'node_modules/jest/bin/jest.js',
      '--selectProjects',
      'inversify 8',
      '--maxWorkers=1',
      '--verbose=false',
    ];
    const reporters = ['--reporters=./tools/compliance-reporter.mjs'];
    spawnSync(
      process.execPath,
      ['--experimental-vm-modules', ...jest, ...reporters, '--testPathPatterns', files],
      {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, COMPLIANCE_RESULTS: results },
      },
    );
    return JSON.parse(readFileSync(results, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function titles(all) {
  return all.map(({ title }) => title);
}

/** What passed, what the engine lacks, or what it has where a case is for those that lack it. */
function cellOf(title, needs, own) {
  const found = own.find(
    (result) => result.title === title || result.title.startsWith(`${title} (left out: `),
  );
  if (found?.status === 'passed') return '✓';
  if (found === undefined)
    return `has ${needs
      .filter((capability) => capability.startsWith('no '))
      .map((capability) => `\`${capability.slice('no '.length)}\``)
      .join(', ')}`;
  const [, missing = ''] = /\(left out: (.+)\)$/.exec(found.title) ?? [];
  return `– ${missing
    .split(', ')
    .map((capability) => `\`${capability}\``)
    .join(', ')}`;
}

function killsOf(suite) {
  const told = new RegExp(`${suite}: killed ([^:]+): accepted \\d+, (.+)`);
  return Object.fromEntries(
    lines.flatMap((line) =>
      [told.exec(line)].filter(Boolean).map(([, killed, numbers]) => [killed, numbers]),
    ),
  );
}
