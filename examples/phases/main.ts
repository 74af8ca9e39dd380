/**
 * A web server whose requests go through phases, under a load of thousands of them at once. Fails when anything is left behind.
 *
 * Takes how many connections are open at once, and how many requests are made.
 */
import 'reflect-metadata';
import type { Census } from 'carillon/inversify';
import { type Findings, rehearse } from './rehearsal.js';

const [connections = 2000, requests = 20_000] = process.argv.slice(2).map(Number);

const findings = await rehearse({ connections, requests });
print(findings);
process.exitCode = findings.faults.length === 0 ? 0 : 1;

function print({ load, answers, log, alive, reads, faults }: Findings): void {
  const rate = Math.round(answers.perSecond);
  console.log(
    `${load.requests} requests, ${load.connections} at once: ${rate} a second, the median within ${answers.median} ms`,
  );
  console.log(
    `${reads} pages read, one more for each request that was under way when they changed`,
  );
  console.log('\nThe log of the application:');
  for (const [line, count] of log.lines) console.log(`${String(count).padStart(8)} × ${line}`);
  console.log('\nAlive:');
  for (const [when, counts] of Object.entries(alive))
    console.log(`  ${when.padEnd(8)} ${countsOf(counts)}`);
  console.log();
  for (const fault of faults) console.log(`FAULT ${fault}`);
  console.log(faults.length === 0 ? 'No listener was left behind.' : `${faults.length} faults`);
}

function countsOf({ scopes, handlers, inFlight, timers, queued }: Census): string {
  return `${scopes} scopes, ${handlers} handlers, ${inFlight} running, ${timers} timers, ${queued} queued`;
}
