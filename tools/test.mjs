/**
 * Runs one group of the tests: `node tools/test.mjs [group] [flags of Jest]`.
 *
 * `core` (the default) needs no server and no installation. `engines` talks to databases and brokers. `package` installs what is
 * published into projects of its own, on several runtimes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SERVERS = 'jetstream|nats|postgres|rabbitmq|redis|sqlite|shared';

/** What belongs to a group, as patterns of paths. What belongs to none is `core`. */
const GROUPS = {
  engines: [
    '/test/engines/',
    `/test/compliance/(${SERVERS})-`,
    '/test/integration/queue-end',
    '/test/integrations/opentelemetry/engines',
  ],
  package: ['/test/package/', '/test/runtimes/', '/test/nestjs/project'],
};

/** So many files may fail by chance; more have one cause. */
const FEW = 3;

const JEST = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const REPORTER = fileURLToPath(new URL('left-out-reporter.mjs', import.meta.url));

const [first, ...others] = process.argv.slice(2);
const group = first !== undefined && (first === 'core' || first in GROUPS) ? first : 'core';
const flags = group === first ? others : process.argv.slice(2);

const failedFiles = join(mkdtempSync(join(tmpdir(), 'carillon-test-')), 'failed');
const status = run(selection(group));
process.exit(status === 0 ? 0 : secondLook(status));

/** Runs Jest; gives its exit code. */
function run(chosen) {
  const { status } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      JEST,
      // First, since the flags behind them take what follows for their own.
      ...flags,
      ...chosen,
      '--reporters=default',
      `--reporters=${REPORTER}`,
    ],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        CARILLON_TEST_GROUP: group,
        CARILLON_FAILED_FILES: failedFiles,
      },
    },
  );
  return status ?? 1;
}

/**
 * With `CARILLON_SECOND_LOOK=1` a few files that failed run once more, each alone: a broker or a busy machine may fail once, a fault
 * fails again. What failed at first stays in the list at the end, to be looked into.
 */
function secondLook(firstStatus) {
  const files = existsSync(failedFiles)
    ? readFileSync(failedFiles, 'utf8').split('\n').filter(Boolean)
    : [];
  const isAsked = process.env.CARILLON_SECOND_LOOK === '1';
  if (!isAsked || files.length === 0 || files.length > FEW) return firstStatus;
  process.stderr.write(`\nOnce more, alone:\n  ${files.join('\n  ')}\n`);
  const statuses = files.map((file) => run(['--maxWorkers=1', '--runTestsByPath', file]));
  return Math.max(...statuses);
}

/** The flags by which Jest takes a group. Every core works: where real time counts, tests run one file at a time. */
function selection(name) {
  if (name === 'core')
    return [
      '--maxWorkers=100%',
      ...Object.values(GROUPS)
        .flat()
        .map((pattern) => `--testPathIgnorePatterns=${pattern}`),
    ];
  return ['--maxWorkers=1', ...GROUPS[name].map((pattern) => `--testPathPatterns=${pattern}`)];
}
