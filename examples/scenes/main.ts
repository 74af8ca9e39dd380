/**
 * A headless game whose scenes come and go. Fails when anything of a former scene has run, or is alive.
 *
 * `--steps N` plays so many steps; 20,000 without it.
 */
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { type Findings, rehearse } from './rehearsal.js';

const { values } = parseArgs({ options: { steps: { type: 'string', default: '20000' } } });
const play = { steps: Number(values.steps), bodies: 500, changes: 10 };

const findings = await rehearse(play);
print(findings);
process.exitCode = findings.faults.length === 0 ? 0 : 1;

function print({ steps, total, physics, left, faults }: Findings): void {
  console.log(`${steps} steps with ${play.bodies} bodies, ${left.length - 1} scene changes`);
  for (const { stage, queued, tasks } of left) {
    const { name, collisions, turns, looks, foreign } = stage;
    console.log(
      `${name.padEnd(9)} ${collisions} collisions, ${turns} turns, ${looks} looks; left ${tasks} sleeping tasks and ${queued} messages, passed over ${foreign}`,
    );
  }
  const share = (100 * (total - physics)) / total;
  const each = (1000 * total) / steps;
  console.log(
    `\nA step took ${each.toFixed(0)} µs; ${share.toFixed(1)} % of it were events: handlers, tasks, timers and the queue`,
  );
  for (const fault of faults) console.log(`FAULT ${fault}`);
  console.log(faults.length === 0 ? 'Nothing of a former scene ever ran.' : `${faults.length} faults`);
}
