/** A reporter of Jest: writes which case of a compliance suite did what, and the lines that cases print, where `COMPLIANCE_RESULTS` says. */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';

// What Jest takes a reporter by.
export default class ComplianceReporter {
  #cases = [];
  #lines = [];

  onTestFileResult(
    _test,
    { testResults, console: printed, testExecError, testFilePath, failureMessage },
  ) {
    process.stderr.write(`${failureMessage ?? 'passed'}: ${basename(testFilePath)}\n`);
    if (testExecError !== undefined)
      this.#cases.push({ suite: testFilePath, title: 'can be run', status: 'failed' });
    for (const { ancestorTitles, title, status } of testResults)
      this.#cases.push({ suite: ancestorTitles[0] ?? '', title, status });
    for (const { message } of printed ?? []) this.#lines.push(...message.split('\n'));
  }

  onRunComplete() {
    writeFileSync(
      process.env.COMPLIANCE_RESULTS,
      JSON.stringify({ cases: this.#cases, lines: this.#lines }),
    );
  }
}
