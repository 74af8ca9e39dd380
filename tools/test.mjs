/**
 * Runs one group of the tests: `node tools/test.mjs [group] [flags of Jest]`.
 *
 * `core` (the default) needs no server and no installation. `engines` talks to databases and brokers. `package` installs what is
 * published into projects of its own, on several runtimes.
 */
import { spawnSync } from 'node:child_process';
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

const JEST = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const REPORTER = fileURLToPath(new URL('left-out-reporter.mjs', import.meta.url));

const [first, ...others] = process.argv.slice(2);
const group = first !== undefined && (first === 'core' || first in GROUPS) ? first : 'core';
const flags = group === first ? others : process.argv.slice(2);

const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    JEST,
    // First, since the flags behind them take what follows for their own.
    ...flags,
    ...selection(group),
    '--reporters=default',
    `--reporters=${REPORTER}`,
  ],
  { stdio: 'inherit', env: { ...process.env, CARILLON_TEST_GROUP: group } },
);
process.exit(status ?? 1);

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
