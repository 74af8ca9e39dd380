/** What the shop does with `@nestjs/event-emitter`, and with Carillon. Fails unless each claim holds after the migration, and did not before. */
import 'reflect-metadata';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as after from './after/shop.js';
import * as before from './before/shop.js';
import { CLAIMS } from './claims.js';

let failures = 0;
for (const { title, right, run } of CLAIMS)
  print(title, right, [await run(before), await run(after)]);
print('An error in a listener does not end the process', 'exit code 0', [
  exitOf('before'),
  exitOf('after'),
]);
console.log(failures === 0 ? 'Each claim holds after the migration alone.' : `${failures} faults`);
process.exitCode = failures === 0 ? 0 : 1;

function print(title: string, right: string, [old, now]: readonly [string, string]): void {
  console.log(`${title}\n  before  ${old}\n  after   ${now}`);
  if (now !== right || old === right) failures += 1;
}

function exitOf(side: string): string {
  const program = fileURLToPath(new URL('failing-listener.js', import.meta.url));
  const { status } = spawnSync(process.execPath, [program, side], { stdio: 'ignore' });
  return `exit code ${status}`;
}
