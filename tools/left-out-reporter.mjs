/**
 * A reporter of Jest: its last lines say which tests failed, what was left out, and why. The failures go to the
 * file of `CARILLON_FAILED_TESTS` as well, and the paths of their files to that of `CARILLON_FAILED_FILES`.
 */
import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';

/** Where the tests are that a group does not have. */
const ELSEWHERE = {
  core: 'the engines (npm run test:engines) and the package as it is installed (npm run test:package)',
  engines: 'what needs no engine (npm test, npm run test:package)',
  package: 'what needs no installation (npm test, npm run test:engines)',
};

// What Jest takes a reporter by.
export default class LeftOutReporter {
  onRunComplete(_contexts, { testResults }) {
    const failed = [];
    const failedFiles = new Set();
    const skipped = new Map();
    for (const { testFilePath, testResults: tests, testExecError } of testResults) {
      const file = basename(testFilePath);
      const fail = (what) => {
        failed.push(`${file}: ${what}`);
        failedFiles.add(testFilePath);
      };
      if (testExecError !== undefined) fail(testExecError.message);
      for (const { status, fullName, title } of tests) {
        if (status === 'failed') fail(fullName);
        if (status === 'pending') add(skipped, reasonOf(title), file);
      }
    }
    this.#print('Failed', failed);
    keep(process.env.CARILLON_FAILED_TESTS, failed);
    keep(process.env.CARILLON_FAILED_FILES, [...failedFiles]);
    this.#print(
      'Left out',
      [...skipped].map(([reason, files]) => `${countOf(files)} of ${namesOf(files)}: ${reason}`),
    );
    const others = ELSEWHERE[process.env.CARILLON_TEST_GROUP];
    if (others !== undefined) process.stderr.write(`Not run: ${others}.\n`);
  }

  #print(heading, lines) {
    if (lines.length > 0) process.stderr.write(`\n${heading}:\n  ${lines.join('\n  ')}\n`);
  }
}

function keep(file, lines) {
  if (file !== undefined) appendFileSync(file, lines.map((line) => `${line}\n`).join(''));
}

/** Tests say themselves what they need; a case of a suite says which ability it wants. */
function reasonOf(title) {
  const ability = /\(left out: (.*)\)$/.exec(title)?.[1];
  return ability === undefined ? title : `without ${ability}`;
}

function add(skipped, reason, file) {
  const files = skipped.get(reason) ?? new Map();
  files.set(file, (files.get(file) ?? 0) + 1);
  skipped.set(reason, files);
}

const countOf = (files) => [...files.values()].reduce((sum, count) => sum + count, 0);

const namesOf = (files) => [...files.keys()].join(', ');
